"""One search for all candidates, in linear time. Knows neither payloads nor kinds.

The engine is google-re2 where it is installed, else :mod:`re`; both read the same patterns.
"""

import re
from collections.abc import Callable, Iterable, Iterator

try:
    import re2  # type: ignore[import-untyped] # ships no types
except ImportError:  # no wheel for this platform
    re2 = None

Spans = Iterator[tuple[int, int]]


def compile_search(
    patterns: Iterable[bytes], *, is_re2: bool = re2 is not None
) -> Callable[[bytes], Spans]:
    """Return a function that yields the spans of every candidate in a buffer, in order."""
    alternation = b"|".join(dict.fromkeys(patterns)) or rb"[^\x00-\xff]"
    if is_re2:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        options.log_errors = False
        finditer = re2.compile(alternation, options).finditer
    else:
        finditer = re.compile(alternation).finditer

    def search(data: bytes) -> Spans:
        return (match.span() for match in finditer(data))

    return search
