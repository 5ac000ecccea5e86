"""The task ``echo``."""

import pytest

from alerting.finding import JsonValue
from tasks.catalog.echo import echo


@pytest.mark.parametrize("payload", [None, "", " a ", 0, [1, {"a": []}], {"A@B.COM": "A@B.COM"}])
def test_payload_comes_back(payload: JsonValue) -> None:
    """Whatever goes in comes out."""
    assert echo(payload) == payload
