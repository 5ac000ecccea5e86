"""The search for candidates, in linear time. Knows neither payloads nor kinds.

The engine is google-re2 where it is installed, else :mod:`re`; both read the same patterns.
"""

import re
from collections.abc import Callable, Iterable, Sequence

try:
    import re2  # type: ignore[import-untyped] # ships no types
except ImportError:  # no wheel for this platform
    re2 = None

Spans = list[tuple[int, int]]


class Search:
    """Searches buffers for several patterns.

    google-re2 tells in one pass which patterns occur at all, so those that do not cost nothing.
    """

    def __init__(self, patterns: Sequence[bytes], *, is_re2: bool = re2 is not None) -> None:
        self._every = range(len(patterns))
        self._which: Callable[[bytes], list[int] | None] | None = None
        if is_re2:
            self._finders = [_re2_finder(pattern) for pattern in patterns]
            if patterns:
                self._which = _re2_set(patterns)
        else:
            self._finders = [_re_finder(pattern) for pattern in patterns]

    def occurring(self, data: bytes) -> Iterable[int]:
        """Return the numbers of the patterns that may occur in a buffer."""
        return (self._which(data) or ()) if self._which else self._every

    def spans(self, number: int, data: bytes) -> Spans:
        """Return where the pattern of a number occurs, in order."""
        return self._finders[number](data)


def _re_finder(pattern: bytes) -> Callable[[bytes], Spans]:
    finditer = re.compile(pattern).finditer
    return lambda data: [match.span() for match in finditer(data)]


def _re2_options() -> "re2.Options":
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    return options


def _re2_set(patterns: Sequence[bytes]) -> Callable[[bytes], list[int] | None]:
    which = re2.Set.SearchSet(_re2_options())
    for pattern in patterns:
        which.Add(pattern)
    which.Compile()
    return which.Match  # type: ignore[no-any-return]


def _re2_finder(pattern: bytes) -> Callable[[bytes], Spans]:
    """Return a finder on google-re2's inner match: its own iterator takes twice as long."""
    compiled = re2.compile(pattern, _re2_options())
    try:
        match, unanchored = compiled._regexp.Match, re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001
    except AttributeError:  # another version of google-re2
        return lambda data: [found.span() for found in compiled.finditer(data)]

    def find(data: bytes) -> Spans:
        spans: Spans = []
        position, end = 0, len(data)
        while True:
            span = match(unanchored, data, position, end)[0]
            position = span[1]
            if position < 0:
                return spans
            spans.append(span)

    return find
