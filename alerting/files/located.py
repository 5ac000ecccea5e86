"""Where in a file personal data was found. Holds no value: what is shown of it is masked."""

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from alerting.finding import Finding
from alerting.masking import mask_value


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Position:
    """A place in a text; both numbers start at 1, columns count code points."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A stretch of a file and where it begins.

    ``first`` and ``last`` bound the offsets at which its own findings begin: a long line is cut
    into passages that overlap, and what begins elsewhere belongs to a neighbour.
    """

    text: str = field(repr=False)
    line: int = 1
    column: int = 1
    first: int = 0
    last: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the line is missing."""
        return self.column == 1 and self.last is None

    def owns(self, offset: int) -> bool:
        """Tell whether what begins here is this passage's own."""
        return self.first <= offset and (self.last is None or offset < self.last)

    def position(self, offset: int) -> Position:
        """Return where in the file an offset of the text is."""
        number = bisect_left(self._breaks, offset)
        if number == 0:
            return Position(line=self.line, column=self.column + offset)
        return Position(line=self.line + number, column=offset - self._breaks[number - 1])

    @cached_property
    def _breaks(self) -> list[int]:
        found = []
        at = self.text.find("\n")
        while at >= 0:
            found.append(at)
            at = self.text.find("\n", at + 1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Personal data of one kind at one place of a text.

    ``end`` is the position right after it. ``pointer`` is given in JSON, ``column_name`` in CSV.
    ``context`` tells places apart without line numbers and holds no found value.
    """

    kind: str
    confidence: float
    why: str
    start: Position
    end: Position
    excerpt: str
    context: str
    pointer: str | None = None
    column_name: str | None = None


class Where(NamedTuple):
    """What a format says about a place besides its position; see :class:`Located`."""

    context: str
    pointer: str | None = None
    column_name: str | None = None


def locate(
    passage: Passage, finding: Finding, span: tuple[int, int], *, value: str, where: Where
) -> Located:
    """Return what was found at a span of a passage; of the value only its mask is kept."""
    start, end = span
    return Located(
        kind=finding.kind,
        confidence=finding.confidence,
        why=finding.why,
        start=passage.position(start),
        end=passage.position(end),
        excerpt=mask_value(finding.kind, value),
        context=where.context,
        pointer=where.pointer,
        column_name=where.column_name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFinding:
    """Personal data in a file.

    ``path`` is for people, ``subject`` is the same file as the baseline knows it.
    """

    path: str
    subject: str
    fingerprint: str
    located: Located
