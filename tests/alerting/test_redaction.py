"""Redacted and pseudonymised copies."""

from hypothesis import given

from alerting.detector import Detector, scan
from alerting.finding import JsonValue
from alerting.pseudonym import pseudonym
from alerting.redaction import pseudonymised, redacted
from tests.alerting.test_detector import PAYLOADS

KEY = "a key that is for tests only, no. 1"


def test_values_are_numbered_by_kind_in_document_order() -> None:
    """A value deep in an early member comes before one of a later member."""
    payload: JsonValue = {
        "a": {"b": ["ann@example.com"]},
        "c": "bob@example.com, +380961234567",
    }
    assert redacted(payload, scan(payload)) == {
        "a": {"b": ["<EMAIL_1>"]},
        "c": "<EMAIL_2>, <PHONE_1>",
    }


def test_one_value_has_one_number_however_it_is_written() -> None:
    """A reader of the redacted payload still sees who is the same."""
    payload: JsonValue = [
        "ann@example.com",
        "ann@EXAMPLE.com",
        "+380671234567",
        {"tel": 380671234567, "phone": "067 123 45 67", "mobile": "067 123 45 68"},
    ]
    assert redacted(payload, scan(payload)) == [
        "<EMAIL_1>",
        "<EMAIL_1>",
        "<PHONE_1>",
        {"tel": "<PHONE_1>", "phone": "<PHONE_1>", "mobile": "<PHONE_2>"},
    ]


def test_names_of_one_value_are_told_apart() -> None:
    """Two names that stand for one value stay two members."""
    payload: JsonValue = {"ann@example.com": 1, "ann@EXAMPLE.com": 2, "bob@example.com": 3}
    assert redacted(payload, scan(payload)) == {
        "<EMAIL_1>": 1,
        "<EMAIL_1>#2": 2,
        "<EMAIL_2>": 3,
    }


def test_pseudonyms_are_the_same_in_every_payload() -> None:
    """Copies of different payloads can be joined, under the same key alone."""
    known = pseudonym(KEY, "email", "ann@example.com")
    first: JsonValue = {"to": "ann@example.com"}
    second: JsonValue = {"ann@EXAMPLE.com": ["from ann@example.com", 1]}
    assert pseudonymised(first, scan(first), key=KEY) == {"to": known}
    assert pseudonymised(second, scan(second), key=KEY) == {known: [f"from {known}", 1]}
    assert pseudonymised(first, scan(first), key=KEY[::-1]) != {"to": known}


@given(PAYLOADS)
def test_no_address_is_left_and_the_payload_stays(payload: JsonValue) -> None:
    """What was found is gone, and what stands there instead is no address."""
    before = repr(payload)
    findings = scan(payload)
    addresses = Detector(["email"])
    assert addresses.scan(redacted(payload, findings)) == []
    assert addresses.scan(pseudonymised(payload, findings, key=KEY)) == []
    assert repr(payload) == before
