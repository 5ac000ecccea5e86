"""Both engines find the same candidates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import recognizers
from alerting.disguise import disguises
from alerting.page import PayloadPage
from alerting.search import Search

PATTERNS = [
    *dict.fromkeys(one.pattern for one in recognizers().values()),
    *(disguise.pattern for disguise in disguises()),
]
PIECES = st.sampled_from(
    [b"067 123-45-67", b"+380", b"@example.com", b"@", b".", b" ", b"(", b"x1", b"%40", b'","']
)
EXAMPLES = [
    *(text for one in recognizers().values() for text in (*one.found, *one.ignored)),
    *(text for disguise in disguises() for text in disguise.hidden),
]
WITH_RE2 = Search(PATTERNS, is_re2=True)
WITHOUT = Search(PATTERNS, is_re2=False)


@pytest.mark.parametrize("text", EXAMPLES)
def test_engines_agree_on_the_examples(text: str) -> None:
    """What recognizers and disguises show of themselves is found at the same places by both."""
    for data in (text.encode(), PayloadPage({text: [text]}).data):
        for number, pattern in enumerate(PATTERNS):
            assert WITH_RE2.spans(number, data) == WITHOUT.spans(number, data), pattern


@given(st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join))
def test_engines_agree(data: bytes) -> None:
    """google-re2 and the standard library find every pattern at the same places."""
    for number in range(len(PATTERNS)):
        assert WITH_RE2.spans(number, data) == WITHOUT.spans(number, data)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=12).map(b"".join))
def test_patterns_that_do_not_occur_are_told(data: bytes) -> None:
    """The one pass over all patterns names exactly those that occur."""
    occurring = [number for number in range(len(PATTERNS)) if WITHOUT.spans(number, data)]
    assert sorted(WITH_RE2.occurring(data)) == occurring
    assert list(WITHOUT.occurring(data)) == list(range(len(PATTERNS)))


def test_no_pattern_finds_nothing() -> None:
    """A search without patterns is silent."""
    assert list(Search([], is_re2=True).occurring(b"anything")) == []
    assert list(Search([], is_re2=False).occurring(b"anything")) == []
