"""Masked copies: found values hidden, everything else as it was."""

import pytest
from hypothesis import example, given

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.json_text import json_text
from alerting.masking import json_masker, mask_value, masked, masked_text
from alerting.values import values_of
from tests.alerting.test_detector import PAYLOADS


def test_values_names_and_numbers_are_masked() -> None:
    """Names lose their personal data too, and a found number becomes a text."""
    payload: JsonValue = {"ann@example.com": [{"tel": 380671234567, "n": 5, "x": None}], "b": "c"}
    assert masked(payload, scan(payload)) == {
        "a***@e***.com": [{"tel": "***67", "n": 5, "x": None}],
        "b": "c",
    }


def test_members_masked_alike_are_all_kept() -> None:
    """Two names with one mask stay two members, each with its value masked."""
    payload: JsonValue = {
        "ann@example.com": {"x": "bob@example.com"},
        "amy@example.com": {"x": "eve@example.com"},
        "just as long...": {"x": "dan@example.com"},
        "alfred@example.com": 1,
    }
    assert masked(payload, scan(payload)) == {
        "a***@e***.com": {"x": "b***@e***.com"},
        "a***@e***.com#2": {"x": "e***@e***.com"},
        "just as long...": {"x": "d***@e***.com"},
        "a***@e***.com#3": 1,
    }


@given(PAYLOADS)
@example("0::")
def test_masking_leaves_no_finding_and_the_original_as_it_was(payload: JsonValue) -> None:
    """What was found is not found again in the copy; the payload is not touched.

    Only the addresses that every machine has for itself are shown as they are.
    """
    before = repr(payload)
    copy = masked(payload, scan(payload))
    assert repr(payload) == before
    left = zip(found := scan(copy), values_of(copy, found), strict=True)
    assert [value for one, value in left if mask_value(one.kind, value) != value] == []


def test_text_is_masked_in_place() -> None:
    """A log line keeps its words and loses its values."""
    assert masked_text("ann@example.com called +380961234567 twice") == (
        "a***@e***.com called ***67 twice"
    )


def test_a_kind_that_is_not_installed_is_masked_whole() -> None:
    """Without a recognizer nothing says what may be shown."""
    assert mask_value("telegraph", "STOP") == "***"
    assert mask_value("telegraph", "") == ""


def test_addresses_that_every_machine_has_are_shown() -> None:
    """A log says where the gateway listens; the address of another machine stays masked."""
    text = "at 127.0.0.1, [::1], 0.0.0.0 and 203.0.113.9"
    assert masked_text(text) == "at 127.0.0.1, [::1], 0.0.0.0 and ***.9"


@given(PAYLOADS)
@example({"mail": "ann@example.com", "to": ["+380961234567", {"x": "bob@example.com"}]})
@example({"ann@example.com": 380961234567})
@example('He said "ann@example.com" \ud800')
def test_masked_json_is_that_of_the_masked_payload(payload: JsonValue) -> None:
    """Masking the text says the same as masking a copy and writing that."""
    text, _ = json_text(masked(payload, scan(payload)))

    assert json_masker(())(payload) == text.decode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"to": "ann@example.com, bob@example.com!"}, '{"to":"a***@e***.com, b***@e***.com!"}'),
        ({"тел": "Олена: +380961234567"}, '{"тел":"Олена: ***67"}'),
        ({"ann@example.com": "bob@example.com"}, '{"a***@e***.com":"b***@e***.com"}'),
        ({"tel": 380961234567}, '{"tel":"***67"}'),
        ({"said": 'to "ann@example.com"'}, r'{"said":"to \"a***@e***.com\""}'),
        ("ann@example.com", '"a***@e***.com"'),
        (["nothing", 5, None], '["nothing",5,null]'),
    ],
)
def test_json_is_masked(payload: JsonValue, text: str) -> None:
    """Values in texts, in names, beside escapes and as numbers; what is no value stays."""
    assert json_masker(())(payload) == text
