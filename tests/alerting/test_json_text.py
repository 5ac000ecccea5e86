"""The JSON text of a payload, whichever way it is written."""

import json

import pytest
from hypothesis import given

from alerting.finding import JsonValue
from alerting.json_text import json_text, scalar_text, value_text
from tests.alerting.test_detector import PAYLOADS


@given(PAYLOADS)
def test_the_text_is_that_of_the_payload(payload: JsonValue) -> None:
    """Read again, the text is the payload; what JSON has no word for is null."""
    text, _ = json_text(payload)
    again = json.loads(text)
    assert repr(again) == repr(json.loads(json.dumps(payload), parse_constant=lambda _: None))


@pytest.mark.parametrize("odd", [2**70, "\ud800"])
@given(payload=PAYLOADS)
def test_sizes_are_known_where_the_text_is_written_by_level(payload: JsonValue, odd: str) -> None:
    """Where a value is odd, each container's size is that of its own text."""
    whole: JsonValue = {"payload": [payload, {"odd": odd}, [], {}]}
    text, sizes = json_text(whole)
    containers: list[JsonValue] = [whole]
    for container in containers:
        if isinstance(container, dict | list):
            assert sizes[id(container)] == len(json_text_by_level(container))
            containers += container.values() if isinstance(container, dict) else container
    assert len(text) == sizes[id(whole)]


def json_text_by_level(container: JsonValue) -> bytes:
    """Return the text of a container beside an odd value, without that value."""
    text, _ = json_text([container, 2**70])
    return text[1:].removesuffix(b"," + scalar_text(2**70) + b"]")


def test_endless_integers_are_null() -> None:
    """An integer with more digits than Python writes is no reason to fail."""
    assert json_text([10**5000, 1])[0] == b"[null,1]"


def test_spans_of_numbers_count_in_their_json_text() -> None:
    """A text stays as it is; a number, true, false and null are as JSON has them."""
    assert [value_text(one) for one in ("a", 1, 1e22, True, None)] == [
        *("a", "1", "1e+22", "true", "null")
    ]
