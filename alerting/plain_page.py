"""Part of a page with a disguise taken off. Knows neither disguises nor kinds."""

from bisect import bisect_right

from alerting.page import Page, as_words, words_before

_ERRORS = "surrogatepass"


class PlainPage:
    """A buffer that remembers which bytes of the page it was made from each of its bytes is.

    ``start`` is where its part of that page begins; ``depth`` counts the disguises taken off and
    ``count`` the pieces that are not what they were.
    """

    __slots__ = ("_end", "_names", "_parent", "_sources", "_starts", "count", "data", "depth")

    def __init__(self, *, start: int, names: str, parent: Page) -> None:
        self.data = b""
        self.count = 0
        self._end = start
        self.depth = parent.depth + 1
        self._names = names
        self._parent = parent
        self._starts: list[int] = []
        # Where a piece comes from, and whether byte for byte.
        self._sources: list[tuple[int, bool]] = []

    def fill(self, pieces: list[tuple[str, str]]) -> None:
        """Take the plain text in pieces, each with the text it stands for, which may be itself."""
        length = 0
        for written, original in pieces:
            is_same = written is original
            self._starts.append(length)
            self._sources.append((self._end, is_same))
            self.count += not is_same
            length += _size(written)
            self._end += _size(original)
        self.data = "".join([written for written, _ in pieces]).encode("utf-8", _ERRORS)

    def names(self, _position: int) -> str:
        """Return the names above the disguised text."""
        return self._names

    def context(self, position: int) -> str:
        """Return the names above the disguised text and the plain text before a byte."""
        start = max(self.data.rfind(mark, 0, position) for mark in (b'"', b"\n")) + 1
        return as_words(f"{self._names} {words_before(self.data, start, position)}")

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return which bytes of the payload's page the bytes ``start:end`` stand for."""
        first, last = self._source(start)[0], self._source(end - 1)[1]
        return self._parent.origin(first, last)

    def _source(self, position: int) -> tuple[int, int]:
        index = bisect_right(self._starts, position) - 1
        source, is_same = self._sources[index]
        if is_same:
            source += position - self._starts[index]
            return source, source + 1
        return source, self._sources[index + 1][0] if index + 1 < len(self._sources) else self._end


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", _ERRORS))
