"""Both engines find the same candidates."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import recognizers
from alerting.search import compile_search

PATTERNS = [one.pattern for one in recognizers().values()]
PIECES = st.sampled_from(
    [b"067 123-45-67", b"+380", b"@example.com", b"@", b".", b" ", b"(", b"x1"]
)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join))
def test_engines_agree(data: bytes) -> None:
    """google-re2 and the standard library yield the same spans."""
    with_re2 = compile_search(PATTERNS, is_re2=True)
    without = compile_search(PATTERNS, is_re2=False)
    assert list(with_re2(data)) == list(without(data))


def test_no_pattern_finds_nothing() -> None:
    """A search without patterns is silent."""
    assert list(compile_search([])(b"anything")) == []
    assert list(compile_search([], is_re2=False)(b"anything")) == []
