"""Newline-delimited JSON: a document on every line, and lines that are none."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.alerting.files.scanned import EMAIL, PHONE, cut, scanned


def test_findings_have_line_and_pointer() -> None:
    """Each line has pointers of its own; a broken line is text."""
    content = f'{{"a": [1, "{EMAIL}"]}}\n"{PHONE}"\n\n{{"a": "{EMAIL}"\nmail {EMAIL}\n'
    for ending in (".ndjson", ".jsonl", ""):
        found = scanned(content, ending=ending)
        assert [(one.start.line, one.start.column, one.pointer) for one in found] == [
            (1, 12, "/a/1"),
            (2, 2, ""),
            (4, 8, None),
            (5, 6, None),
        ]


@given(st.lists(st.dictionaries(st.text(max_size=4), st.sampled_from([EMAIL, "x", 1]))))
def test_every_value_is_found_where_it_was_put(documents: list[dict[str, object]]) -> None:
    """As many findings as values, each at its place."""
    content = "\n".join(map(json.dumps, documents))
    found = scanned(content, ending=".ndjson")
    assert [cut(content, one) for one in found] == [EMAIL] * content.count(EMAIL)


def test_long_lines_are_text() -> None:
    """A line that is too long to be read at once is scanned in parts."""
    content = json.dumps({"a": "lorem ipsum " * 200_000, "b": EMAIL})
    (found,) = scanned(content, ending=".ndjson")
    assert cut(content, found) == EMAIL
