r"""Lines of a text stream, read with bounded memory. Knows no formats.

A line ends with ``\n`` or ``\r\n``, as SARIF counts them.
"""

from collections.abc import Iterator
from typing import Protocol

from alerting.files.located import Passage

LONGEST = 2**20
"""Code points read at once; a longer line is cut into passages."""
OVERLAP = 2**11
"""What a passage of a long line shows beyond its own part, on each side."""


class Lines(Protocol):
    """What lines are read from."""

    def readline(self, size: int, /) -> str:
        """Return the next line, or a part of at most ``size`` code points of it."""
        ...


class Rejoined:
    """A text that was read already, and the stream that goes on after it."""

    def __init__(self, read: Lines, rest: Lines) -> None:
        self._read = read
        self._rest = rest

    def readline(self, size: int, /) -> str:
        """Return the next line, or a part of it."""
        piece = self._read.readline(size)
        if len(piece) < size and not piece.endswith("\n"):
            piece += self._rest.readline(size - len(piece))
        return piece


def passages(stream: Lines, *, longest: int = LONGEST, overlap: int = OVERLAP) -> Iterator[Passage]:
    """Yield every line without its end; a line longer than ``longest`` in overlapping passages."""
    number, skipped, first, text = 1, 0, 0, ""
    while piece := stream.readline(longest):
        text += piece
        if piece.endswith("\n"):
            yield Passage(
                text=text[:-1].removesuffix("\r"), line=number, column=skipped + 1, first=first
            )
            number, skipped, first, text = number + 1, 0, 0, ""
        elif len(piece) == longest:
            last = len(text) - overlap
            yield Passage(text=text, line=number, column=skipped + 1, first=first, last=last)
            start = max(last - overlap, 0)
            skipped, first, text = skipped + start, last - start, text[start:]
    if text:
        yield Passage(text=text, line=number, column=skipped + 1, first=first)
