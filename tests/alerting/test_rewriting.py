"""Rewritten payloads: what is replaced, what stays, and what it costs."""

import json

from hypothesis import given

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.rewriting import rewrite, rewrite_text
from tests.alerting.test_detector import PAYLOADS


def kind_of(kind: str, _text: str) -> str:
    """Replace a value by its kind."""
    return kind


def test_values_names_and_numbers_are_replaced() -> None:
    """The rest of a text stays, and a number that holds a finding becomes a text."""
    payload: JsonValue = {"to ann@example.com": [{"tel": 380671234567, "n": 5}, "+380961234567!"]}
    assert rewrite(payload, scan(payload), kind_of) == {
        "to email": [{"tel": "phone", "n": 5}, "phone!"]
    }


def test_a_replaced_name_gives_way_to_one_that_stays() -> None:
    """Members keep their order and their names; only a name with a finding is told apart."""
    payload: JsonValue = {"ann@example.com": 1, "email": 2, "email#2": 3, "bob@example.com": 4}
    copy = rewrite(payload, scan(payload), kind_of)
    assert isinstance(copy, dict)
    assert list(copy.items()) == [("email#3", 1), ("email", 2), ("email#2", 3), ("email#4", 4)]


def test_many_names_that_become_one_cost_no_more_than_others() -> None:
    """Time and size grow with the payload, not with its square."""
    payload: JsonValue = {f"user{number}@example.com": number for number in range(20_000)}
    copy = rewrite(payload, scan(payload), kind_of)
    assert isinstance(copy, dict)
    assert list(copy.values()) == list(range(20_000))
    assert len(json.dumps(copy)) < len(json.dumps(payload))


@given(PAYLOADS)
def test_without_findings_the_copy_is_equal_and_deep(payload: JsonValue) -> None:
    """Nothing but findings changes anything, and the copy shares no container."""
    copy = rewrite(payload, [], kind_of)
    assert repr(copy) == repr(payload)
    if isinstance(payload, dict | list) and isinstance(copy, dict | list):
        before = repr(payload)
        copy.clear()
        assert repr(payload) == before


def test_text_is_rewritten_in_place() -> None:
    """Each value goes, the words between them stay."""
    text = "ann@example.com or +380961234567."
    assert rewrite_text(text, reversed(scan(text)), kind_of) == "email or phone."
