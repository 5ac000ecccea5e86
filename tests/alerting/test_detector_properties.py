"""What holds of every detector: where findings lie, that values are found again, linear work.

Only the detector's contract is used, so that the tests outlive the way it works. Work is counted in
steps of the interpreter, which a busy machine does not change; what a regular expression does is
one step here, and a matter of seconds in ``make bench-detector``. ``make fuzz`` runs the properties
on many more payloads.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerting.detector import Detector
from alerting.finding import JsonValue
from alerting.masking import masked_text
from tests.alerting.detector_contract import (
    assert_findings_lie_in_their_texts,
    assert_masked_copy_holds_no_found_value,
    text_at,
)

TraceFunction = Callable[[FrameType, str, Any], Any]

VALUES = {  # that no name beside them makes doubtful
    "olena.koval@example.com": "email",
    "+380671234567": "phone",
    "UA213223130000026007233566001": "iban",
}
PIECES = (
    *VALUES,
    "4111111111111111",
    "067 123 45 67",
    "192.0.2.1",
    "\x1e",
    "\x1f",
    "\0",
    "\u200b",
    "~/",
    '"',
    "\\n",
)
CHARACTERS = st.characters(exclude_categories=["Cs"])
NUMBERS = st.integers() | st.integers(min_value=10**11, max_value=10**18) | st.floats()


def texts(*pieces: str, characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return a strategy of pieces and short texts side by side."""
    any_piece = st.sampled_from(pieces) | st.text(characters, max_size=8)
    return st.lists(any_piece, max_size=4).map("".join)


def payloads(of_texts: st.SearchStrategy[str]) -> st.SearchStrategy[JsonValue]:
    """Return a strategy of any JSON with such texts as names and values."""
    scalars: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | NUMBERS | of_texts
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(of_texts, inner, max_size=4),
        max_leaves=20,
    )


TEXTS = texts(*PIECES, characters=CHARACTERS)
PAYLOADS = payloads(TEXTS)
SURROGATE_PAYLOADS = payloads(
    texts(*PIECES, "\ud800", characters=st.characters(codec=None, categories=["Cs", "L", "P"]))
)
DEEP_PAYLOADS = st.tuples(st.lists(st.booleans(), max_size=3_000), TEXTS).map(
    lambda drawn: nested(*drawn)
)
PLAIN_NAMES = st.text(st.sampled_from("aї~/ "), max_size=3)
ADDRESSES: st.SearchStrategy[JsonValue] = st.recursive(
    st.just("olena.koval@example.com"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN_NAMES, inner, max_size=3),
    max_leaves=10,
)
HUGE_INTEGER = 10**5_000

SMALL, GROWTH = 400, 8
HOSTILE_PIECES = (
    *("a", "a.", "a@", "@", "a@b.", "a@example.com ", "user name@", "_", "~", "/", "://", "="),
    *("1", "1.", "1-", "1 ", "1:", "f:", "0x", "4111 ", "+", "+380", "(", ")(", "067 "),
    *("0671234567 ", "UA", "UA21 ", "ey.", "sk_", "AKIA", "QUFB", "\\", '"', '{"a":', "["),
    *("%40", "&#64;", "=40", "[at]", " at ", "\\u0040", "\u200b", "\u202f", "＠", "１", "٣", "ї"),
    *("\ud800", "\x1e", "\x1f", "\0", "\n"),
)

SHAPES: dict[str, Callable[[int], JsonValue]] = {
    "many items": lambda size: ["1"] * size,
    "many members": lambda size: {f"phone{number}": "1" for number in range(size)},
    "many addresses": lambda size: ["olena.koval@example.com"] * size,
    "many numbers": lambda size: [380671234567 + number for number in range(size)],
    "many names": lambda size: {f"a{number}@example.com": number for number in range(size)},
    "deep list": lambda size: nested([True] * size, "olena.koval@example.com"),
    "deep object": lambda size: nested([False] * size, "olena.koval@example.com"),
    "digits one by one": lambda size: list("380671234567" * (size // 12)),
}


def nested(is_list: list[bool], inner: JsonValue) -> JsonValue:
    """Put a value into a list or an object for each item, the last being the outermost."""
    for one in is_list:
        inner = [inner] if one else {"in": inner}
    return inner


def value_at(payload: JsonValue, pointer: str) -> JsonValue:
    """Return the value at an RFC 6901 pointer."""
    for token in pointer.split("/")[1:]:
        if isinstance(payload, dict):
            payload = payload[token.replace("~1", "/").replace("~0", "~")]
        else:
            assert isinstance(payload, list)
            payload = payload[int(token)]
    return payload


def put(payload: JsonValue, path: list[int], value: str) -> tuple[JsonValue, tuple[int, ...]]:
    """Return a payload with a value added as the last of a container on a path, and its place."""
    if isinstance(payload, dict | list) and payload and path:
        number = path[0] % len(payload)
        names = list(payload) if isinstance(payload, dict) else range(len(payload))
        inner, place = put(payload[names[number]], path[1:], value)  # type: ignore[index] # either container
        if isinstance(payload, dict):
            return {**payload, names[number]: inner}, (number, *place)  # type: ignore[dict-item] # names are texts
        return [*payload[:number], inner, *payload[number + 1 :]], (number, *place)
    if isinstance(payload, dict):
        kept = {name: member for name, member in payload.items() if name != "contact"}
        return {**kept, "contact": value}, (len(kept),)
    items = payload if isinstance(payload, list) else [payload]
    return [*items, value], (len(items),)


def steps_taken(scan: Callable[[], object]) -> int:
    """Count the instructions of Python's interpreter that a scan takes."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        scan()
    finally:
        sys.settrace(before)
    return count


def assert_linear(make: Callable[[int], JsonValue]) -> None:
    """Hold that a payload of a shape takes no more steps than its size allows."""
    detector = Detector()
    small, large = make(SMALL), make(SMALL * GROWTH)
    detector.scan(small)
    few = steps_taken(lambda: detector.scan(small))
    many = steps_taken(lambda: detector.scan(large))
    assert many <= few * GROWTH * 1.1, f"{few} steps grew to {many}"


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The detector of every kind."""
    return Detector()


@given(PAYLOADS | DEEP_PAYLOADS)
@example([HUGE_INTEGER, -HUGE_INTEGER, float("nan"), float("inf"), -0.0, 1e308])
@example({"\x1e": "\x1f", "": ""})
@example('\0r"@example.com')
def test_findings_lie_in_the_text_at_their_place(detector: Detector, payload: JsonValue) -> None:
    """Whatever the payload, the scan ends, and each span lies in the text it points to."""
    assert_findings_lie_in_their_texts(detector, payload, detector.scan(payload))


@given(SURROGATE_PAYLOADS)
@example(
    ["olena.koval@example.com\ud800", "a\ud800@example.com", "a@b.com\ud800m", {"\ud800": "\udfff"}]
)
def test_lone_surrogates_are_characters(detector: Detector, payload: JsonValue) -> None:
    """Half of a surrogate pair, which JSON can hold, counts as a character like any other."""
    for one in detector.scan(payload):
        assert 0 <= one.start < one.end <= len(text_at(payload, one))


def test_depth_has_no_limit(detector: Detector) -> None:
    """A value a hundred thousand levels deep is found."""
    payload = nested([True, False] * 50_000, "olena.koval@example.com")
    findings = detector.scan(payload)
    assert [(one.kind, len(one.place)) for one in findings] == [("email", 100_000)]
    assert text_at(payload, findings[0]) == "olena.koval@example.com"


@given(st.text(CHARACTERS) | TEXTS)
def test_a_text_is_a_payload_too(detector: Detector, text: str) -> None:
    """A text has the same findings by itself, as a payload, and one step deeper in a list."""
    alone = [(one.kind, one.start, one.end) for one in detector.scan_text(text)]
    assert [(one.kind, one.start, one.end) for one in detector.scan(text)] == alone
    assert [(one.kind, one.start, one.end) for one in detector.scan([text])] == alone


@given(
    PAYLOADS,
    st.lists(st.integers(min_value=0, max_value=9), max_size=4),
    st.sampled_from([*VALUES]),
)
def test_a_value_is_found_where_it_was_put(
    detector: Detector, payload: JsonValue, path: list[int], value: str
) -> None:
    """A value that is put into any payload is found at its place, from end to end."""
    whole, place = put(payload, path, value)
    found = [
        (one.kind, one.start, one.end)
        for one in detector.scan(whole)
        if one.place == place and not one.in_key
    ]
    assert (VALUES[value], 0, len(value)) in found


@given(ADDRESSES)
def test_pointers_lead_to_the_values(detector: Detector, payload: JsonValue) -> None:
    """Where no name is personal data, the pointer leads to the value."""
    for one in detector.scan(payload):
        assert value_at(payload, one.pointer) == "olena.koval@example.com"


@given(PAYLOADS)
def test_masked_payloads_hold_no_found_value(detector: Detector, payload: JsonValue) -> None:
    """A masked payload, scanned again, has none of the values that were found before."""
    assert_masked_copy_holds_no_found_value(detector, payload, detector.scan(payload))


@given(PAYLOADS)
def test_scanning_is_repeatable(detector: Detector, payload: JsonValue) -> None:
    """A second scan finds the same, in the same order, and what it read is unchanged."""
    before = repr(payload)
    assert detector.scan(payload) == detector.scan(payload)
    assert repr(payload) == before


@given(st.text(CHARACTERS) | TEXTS)
def test_masking_a_text_never_fails(text: str) -> None:
    """Any text can be masked; a text without findings stays as it is."""
    assert masked_text(text) == text or Detector().scan_text(text)


@pytest.mark.parametrize("piece", HOSTILE_PIECES)
def test_work_grows_with_the_text(piece: str) -> None:
    """A text of one repeated piece takes steps in proportion to its length, however it repeats."""
    assert_linear(lambda size: piece * size)


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_with_the_payload(shape: str) -> None:
    """A payload of many members or levels takes steps in proportion to their number."""
    assert_linear(SHAPES[shape])
