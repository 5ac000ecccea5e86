"""The serializer: JSON, the whole of it and nothing else."""

from typing import Any

import pytest
from hypothesis import given

from tasks.errors import NotJson
from tasks.serializer import Serializer
from tests.tasks.catalog.test_transform import JSON


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    """What is JSON survives the way to Redis and back, unless UTF-8 cannot hold it."""
    try:
        data = Serializer.dumps(value)
    except NotJson:
        assert "\\ud" in ascii(value)
    else:
        assert Serializer.loads(data) == value


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"NaN", b"[Infinity]", b"\x80\x05N.", b"[" * 100_000, b"9" * 5000],
    ids=lambda data: str(data[:9]),
)
def test_bytes_that_are_not_json_are_refused(data: bytes) -> None:
    """Whatever somebody wrote to Redis, it is JSON or an error of ours."""
    with pytest.raises(NotJson):
        Serializer.loads(data)


def test_error_names_no_value() -> None:
    """The error neither quotes the value nor leads to an exception that does."""
    with pytest.raises(NotJson) as caught:
        Serializer.dumps({"mail": "someone@example.com", "x": object()})

    assert str(caught.value) == "The value is not JSON."
    assert caught.value.__suppress_context__
