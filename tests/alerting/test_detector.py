"""Findings: their order, their pointers, and that nothing makes the detector fail."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerting.detector import Detector, default_detector, scan, scan_text
from alerting.errors import UnknownKind
from alerting.finding import JsonValue
from alerting.pointer import reference_token

VALUES = st.sampled_from(["test@example.com", "+380961234567", "067 123 45 67", "\x1e", "~/"])
TEXTS = st.lists(VALUES | st.text(max_size=8), max_size=4).map(" ".join)
PAYLOADS: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def texts_by_pointer(payload: JsonValue) -> dict[str, list[str]]:
    """Return every text that a pointer may mean; a name's pointer has ``key`` before it."""
    found: dict[str, list[str]] = {}

    def visit(inner: JsonValue, pointer: str) -> None:
        if isinstance(inner, dict):
            for name, member in inner.items():
                spans = [(one.kind, one.start, one.end) for one in scan_text(name)]
                child = f"{pointer}/{reference_token(name, spans)}"
                found.setdefault(f"key {child}", []).append(name)
                visit(member, child)
        elif isinstance(inner, list):
            for number, item in enumerate(inner):
                visit(item, f"{pointer}/{number}")
        else:
            found.setdefault(pointer, []).append(
                inner if isinstance(inner, str) else json.dumps(inner)
            )

    visit(payload, "")
    return found


@given(PAYLOADS)
@example({"PAN": 3.725186213072701e16})
def test_values_are_found_again_at_their_pointers(payload: JsonValue) -> None:
    """The span of a finding, cut from the text at its pointer, is that value under its name."""
    findings = scan(payload)
    texts = texts_by_pointer(payload)
    for one in findings:
        at = texts[("key " if one.in_key else "") + one.pointer]
        assert any(
            one.kind in {again.kind for again in scan({name: text[one.start : one.end]})}
            for text in at
            for name in ("", one.pointer.rpartition("/")[2])
        )
        assert 0 < one.confidence <= 1


@given(st.text())
def test_spans_lie_in_the_text(text: str) -> None:
    """Whatever the text, findings lie in it, in order, without overlap."""
    position = 0
    for one in scan_text(text):
        assert position <= one.start < one.end <= len(text)
        position = one.end


def test_findings_come_in_document_order() -> None:
    """A value deep in an early member comes before a value of a later member."""
    payload: JsonValue = {
        "a": {"b": ["x@example.com"]},
        "c": "+380961234567",
        "d": {"e": 380671234567},
    }
    assert [(one.kind, one.pointer) for one in scan(payload)] == [
        ("email", "/a/b/0"),
        ("phone", "/c"),
        ("phone", "/d/e"),
    ]


def test_a_name_that_is_personal_data_is_masked_in_pointers() -> None:
    """A member's name never stands raw in a pointer, neither its own nor one below."""
    found = scan({"to ann@example.com/x": {"name": "bob@example.com"}})
    assert [(one.pointer, one.in_key, one.start, one.end) for one in found] == [
        ("/to <email>~1x", True, 3, 18),
        ("/to <email>~1x/name", False, 0, 15),
    ]


def test_a_scalar_payload_has_the_empty_pointer() -> None:
    """The payload itself is where a scalar's findings are."""
    assert [one.pointer for one in scan("ann@example.com")] == [""]
    assert [one.pointer for one in scan(380671234567)] == [""]


def test_only_chosen_kinds_are_found() -> None:
    """A detector of some kinds is silent about the others."""
    assert [one.kind for one in Detector(["phone"]).scan(["a@example.com", "+380961234567"])] == [
        "phone"
    ]
    assert Detector([]).scan("a@example.com") == []


def test_an_unknown_kind_stops_the_start() -> None:
    """A kind without a recognizer is an error that names it and the known ones."""
    with pytest.raises(UnknownKind, match=r"No recognizer for telegraph; there are .*email"):
        Detector(["telegraph"])


@pytest.mark.parametrize(
    "payload",
    [None, True, [], {}, "", pytest.param(10**5000, id="endless"), "\ud800 a@example.com"],
)
def test_odd_payloads_are_scanned(payload: JsonValue) -> None:
    """Nothing, endless integers and lone surrogates do not make the detector fail."""
    assert all(one.kind == "email" for one in scan(payload))


def test_deep_payloads_are_scanned() -> None:
    """Depth is bounded by memory, not by recursion."""
    payload: JsonValue = "a@example.com"
    for _ in range(20_000):
        payload = [payload]
    assert len(default_detector().scan(payload)) == 1
    while isinstance(payload, list):  # freed level by level
        payload = payload[0]
