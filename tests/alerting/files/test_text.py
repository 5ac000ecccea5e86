"""Plain text: lines, columns, and lines that are too long to be read at once."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import default_detector
from alerting.files import text
from alerting.files.lines import passages
from tests.alerting.files.scanned import EMAIL, PHONE, cut, places, scanned

WORDS = st.text(
    st.characters(exclude_characters="\n\r\0\ufeff", exclude_categories=["Cs"]), max_size=12
)
LINES = st.lists(
    st.tuples(WORDS, st.sampled_from(["", EMAIL, PHONE]), WORDS).map(" ".join), max_size=6
)


def test_findings_have_line_and_column() -> None:
    """Lines and columns start at 1; columns count code points."""
    assert places(f"dear 🦊,\nїжак: {PHONE} or {EMAIL}\r\n\n{EMAIL}") == [
        ("phone", 2, 7),
        ("email", 2, 24),
        ("email", 4, 1),
    ]


@given(LINES)
def test_every_value_is_found_where_it_was_put(lines: list[str]) -> None:
    """Cut from its line at its columns, a finding is the value that was put there."""
    content = "\n".join(lines)
    values = {cut(content, one) for one in scanned(content, ending=".txt")}
    assert {value for value in (EMAIL, PHONE) if value in content} <= values


@given(st.lists(st.sampled_from([EMAIL, "lorem", "ipsum,", "їжак"]), max_size=40), st.booleans())
def test_a_line_that_is_read_in_parts_has_the_same_findings(
    words: list[str], has_end: bool
) -> None:
    """Passages overlap so that no value is cut, and none is told twice."""
    content = " ".join(words) + "\n" * has_end
    parts = passages(io.StringIO(content), longest=96, overlap=24)
    found = list(text.scan(default_detector(), parts))
    assert [cut(content, one) for one in found] == [word for word in words if word == EMAIL]


@pytest.mark.parametrize("length", [95, 96, 97, 192])
def test_parts_end_where_lines_do(length: int) -> None:
    """A line as long as what is read at once is one line, with and without an end."""
    for end in ("", "\n", "\r\n", "\nx"):
        parts = list(passages(io.StringIO("a" * length + end), longest=96, overlap=24))
        last = [part for part in parts if part.line == 1][-1]
        assert last.column + len(last.text) == length + 1
        assert parts[-1].line == (2 if end == "\nx" else 1)


def test_surroundings_hold_no_value() -> None:
    """What tells places apart names kinds instead of values, and 0 instead of digits."""
    (first, second) = scanned(f"row 17: {EMAIL},   {PHONE}, house 4")
    assert first.context == "row 0: <email>,"
    assert second.context == ", <phone>, house 0"
    assert "test" not in first.excerpt
