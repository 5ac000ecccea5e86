"""JSON: pointers, and the exact place of a value in the source."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.files.json_source import Spot, literals, span_in_literal
from alerting.files.json_text import parse
from alerting.finding import JsonValue
from tests.alerting.files.scanned import EMAIL, cut, places, scanned

TEXTS = st.tuples(st.text(max_size=6), st.sampled_from(["", EMAIL, "тест" + EMAIL])).map(" ".join)
DOCUMENTS: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)


def test_findings_have_pointer_line_and_column() -> None:
    """The pointer names the member; the position is that of the value in the source."""
    content = f'{{\n  "a": ["x", {{"phone": 380961234567}}],\n  "{EMAIL}": "\\n{EMAIL}"\n}}'
    found = scanned(content)
    assert [(one.pointer, one.kind, cut(content, one)) for one in found] == [
        ("/a/1/phone", "phone", "380961234567"),
        ("/<email>", "email", EMAIL),
        ("/<email>", "email", EMAIL),
    ]
    assert [(one.start.line, one.start.column) for one in found] == [(2, 24), (3, 4), (3, 26)]


@given(st.lists(DOCUMENTS, max_size=3), st.sampled_from([None, 1]), st.booleans())
def test_every_value_is_found_where_it_was_put(
    document: list[JsonValue], indent: int | None, is_ascii: bool
) -> None:
    """Cut from the source, a finding is the value, however the source is written."""
    content = json.dumps(document, indent=indent, ensure_ascii=is_ascii)
    emails = [one for one in scanned(content) if one.kind == "email"]
    assert len(emails) == content.count(EMAIL)
    for one in emails:
        assert json.loads(f'"{cut(content, one)}"').endswith(EMAIL)


@given(DOCUMENTS, st.sampled_from([None, 2]))
def test_literals_are_found_by_their_place(document: JsonValue, indent: int | None) -> None:
    """Every name and scalar stands in the source where its place says."""
    content = json.dumps(document, indent=indent)
    expected: dict[Spot, object] = {}

    def visit(value: JsonValue, place: tuple[int, ...]) -> None:
        if isinstance(value, dict):
            for number, (name, inner) in enumerate(value.items()):
                expected[Spot((*place, number), is_name=True)] = name
                visit(inner, (*place, number))
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                visit(inner, (*place, number))
        else:
            expected[Spot(place)] = value

    visit(document, ())
    found = literals(content, expected)
    assert {spot: json.loads(content[slice(*span)]) for spot, span in found.items()} == expected


@given(st.text(max_size=12), st.data())
def test_a_span_of_a_value_is_one_of_its_literal(value: str, data: st.DataObject) -> None:
    """Escapes, and pairs of them, are one code point of the value."""
    end = data.draw(st.integers(0, len(value)))
    start = data.draw(st.integers(0, end))
    for is_ascii in (True, False):
        literal = json.dumps(value, ensure_ascii=is_ascii)
        first, last = span_in_literal(literal, start, end)
        assert json.loads(f'"{literal[first:last]}"') == value[start:end]


def test_a_number_written_otherwise_is_shown_whole() -> None:
    """Where the text of a number is not that of its value, all of it is the place."""
    assert span_in_literal("38067e7", 0, 12) == (0, 7)


@pytest.mark.parametrize(
    "content",
    [
        '{"a": "test@example.com",',
        '{"a": "test@example.com", "a": 1}',
        "[" * 100_000 + '"test@example.com"' + "]" * 100_000,
        '["test@example.com", ' + "1" * 5000 + "]",
        '["test@example.com" 1]',
    ],
    ids=["cut off", "a name twice", "deep", "endless number", "no comma"],
)
def test_what_is_no_json_is_text(content: str) -> None:
    """A document that cannot be read without loss is scanned as text, so nothing is missed."""
    with pytest.raises(ValueError, match=r".+"):
        parse(content)
    for ending in (".json", ""):
        (found,) = scanned(content, ending=ending)
        assert found.pointer is None
        assert cut(content, found) == EMAIL


def test_a_lone_surrogate_does_no_harm() -> None:
    """An escape that is half a character is scanned around."""
    assert places(f'{{"a": "\\ud800 {EMAIL}"}}') == [("email", 1, 15)]


def test_the_value_is_masked_not_its_source() -> None:
    """Escapes do not make a value longer, and show no more of it."""
    content = '{"phone": "781 \\u00359\\u00391", "mail": "\\u0074est\\u0040example.com"}'
    assert [one.excerpt for one in scanned(content)] == ["***91", "t***@e***.com"]
