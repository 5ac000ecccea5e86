"""The task ``redact``."""

import pytest

from alerting.finding import JsonValue
from tasks.catalog.redact import redact

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.mark.parametrize("payload", [None, 5, "text", [], {"a": [1.5, {"b": True}]}])
def test_a_payload_without_personal_data_comes_back(payload: JsonValue) -> None:
    """Nothing found, nothing changed."""
    assert redact(payload) == payload


def test_values_become_numbered_placeholders() -> None:
    """The same value has the same number everywhere in the payload."""
    payload: JsonValue = {"from": "ann@example.com", "text": "ann@EXAMPLE.com, bob@example.com"}
    assert redact(payload) == {"from": "<EMAIL_1>", "text": "<EMAIL_1>, <EMAIL_2>"}


def test_what_is_allowed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task replaces what the gateway reports, no more."""
    monkeypatch.setenv("ALLOW_POINTERS", "/support")
    payload: JsonValue = {"support": "help@example.com", "from": "ann@example.com"}
    assert redact(payload) == {"support": "help@example.com", "from": "<EMAIL_1>"}
