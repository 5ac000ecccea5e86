"""Reading of payloads: strict, within limits, never quoting."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.finding import JsonValue
from flaskapp.payload import parse
from flaskapp.problems import Problem

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=30,
)


def parsed(body: str | bytes, *, max_depth: int = 100, max_values: int = 1000) -> JsonValue:
    """Parse with limits that do not matter to most tests."""
    raw = body if isinstance(body, bytes) else body.encode()
    return parse(raw, max_depth=max_depth, max_values=max_values)


def problem_of(body: str | bytes, *, max_depth: int = 100, max_values: int = 1000) -> Problem:
    """Return the problem that a body meets."""
    with pytest.raises(Problem) as caught:
        parsed(body, max_depth=max_depth, max_values=max_values)
    return caught.value


@given(JSON_VALUES)
def test_every_json_value_is_a_payload(value: JsonValue) -> None:
    """What JSON can say comes back as it was."""
    assert parse(json.dumps(value).encode(), max_depth=100, max_values=10_000) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_payload_or_a_problem(body: bytes) -> None:
    """Nothing but a problem is raised, whatever the bytes."""
    slug = None
    try:
        value = parse(body, max_depth=5, max_values=5)
        json.dumps(value, allow_nan=False)
    except Problem as problem:
        slug = problem.type.slug
    assert slug in {None, "bad-json", "invalid-payload"}


@pytest.mark.parametrize("body", ["null", "0", '"text"', "[]", "{}", "true", ' \n{"a": 1}\t'])
def test_any_kind_of_value_is_taken(body: str) -> None:
    """A payload need not be an object."""
    assert parsed(body) == json.loads(body)


def test_whole_numbers_stay_exact() -> None:
    """A number beyond 64 bits loses no digit."""
    assert parsed("123456789012345678901234567890") == 123456789012345678901234567890


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b'"\xc3"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        "NaN",
        "[Infinity]",
        "-Infinity",
        "{",
        '{"a":1,}',
        "{} {}",
        "[1] x",
        "'a'",
        '"\\x"',
        '"a\nb"',
        "01",
        " ",
    ],
)
def test_what_is_not_json_is_refused(body: str | bytes) -> None:
    """Each departure from RFC 8259 is the problem `bad-json`."""
    assert problem_of(body).type.slug == "bad-json"


def test_a_fault_is_named_by_its_place() -> None:
    """The detail has the position and no character of the body."""
    detail = problem_of('{\n  "secret": ?}').detail
    assert "line 2, column 13" in detail
    assert "secret" not in detail


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ('{"a":1,"a":2}', "two members"),
        ('[{"b":{"a":1,"\\u0061":2}}]', "two members"),
        ('"\\ud800"', "surrogate"),
        ('{"\\uDFFF":1}', "surrogate"),
        ('"\\udc00\\ud800"', "surrogate"),
        ("1e999", "too large"),
        ("[-1.5E+400]", "too large"),
        ("1" * 5000, "too many digits"),
    ],
)
def test_json_that_cannot_be_kept_is_refused(body: str, word: str) -> None:
    """What JSON allows but no program agrees on is the problem `invalid-payload`."""
    problem = problem_of(body)
    assert problem.type.slug == "invalid-payload"
    assert word in problem.detail


def test_paired_surrogates_are_a_letter() -> None:
    """An escaped pair is one character beyond the basic plane."""
    assert parsed('"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")],
    ids=["list", "object", "both"],
)
def test_depth_is_limited_exactly(opening: str, closing: str) -> None:
    """As many containers in each other as the limit says, and not one more."""
    depth = opening.count("[") + opening.count("{")
    times = 60 // depth
    body = opening * times + "1" + closing * times
    parsed(body, max_depth=60)
    assert "deeper than 59" in problem_of(body, max_depth=59).detail


@pytest.mark.parametrize("innermost", ["[]", "{}"])
def test_an_empty_container_counts_as_a_level(innermost: str) -> None:
    """The innermost container needs no content to be too deep."""
    assert "deeper than 3" in problem_of(f"[[[{innermost}]]]", max_depth=3).detail


def test_brackets_in_text_are_no_depth() -> None:
    """Only containers nest."""
    assert parsed(json.dumps("[" * 500)) == "[" * 500


@pytest.mark.parametrize("opening", ["[", '{"a":', "[[", '[{"a":'])
def test_bottomless_nesting_is_a_problem(opening: str) -> None:
    """A body far too deep for any parser is answered like one that is a little too deep."""
    closing = "".join("]" if one == "[" else "}" for one in reversed(opening) if one in "[{")
    body = opening * 200_000 + "1" + closing * 200_000
    assert problem_of(body).type.slug == "invalid-payload"


def test_the_number_of_values_is_limited_exactly() -> None:
    """Containers count, names of members do not."""
    body = '{"a":[1,2,3],"b":{"c":null}}'
    parsed(body, max_values=7)
    assert "more than 6 values" in problem_of(body, max_values=6).detail


def test_commas_in_text_are_no_values() -> None:
    """Only values are counted."""
    assert parsed(json.dumps("," * 500), max_values=1) == "," * 500
