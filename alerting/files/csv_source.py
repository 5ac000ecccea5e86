"""CSV records with their source text. Knows no findings.

:mod:`csv` reads the records; where a field stands in the source it does not say, so fields are told
apart once more. A record that cannot be read that way is given as plain lines.
"""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from alerting.files.located import Passage

_DELIMITERS = ",;\t|"


class Record(NamedTuple):
    """A record, its lines as one passage; without ``fields`` it is broken."""

    passage: Passage
    fields: list[str] | None


class _Tap:
    """Lines for :mod:`csv`, remembered until the record ends."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = iter(passages)
        self._again: deque[Passage] = deque()
        self.taken: list[Passage] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        passage = self._again.popleft() if self._again else next(self._passages)
        self.taken.append(passage)
        if not passage.is_whole:
            raise csv.Error("line too long")
        return passage.text + "\n"

    def give_back(self) -> Passage:
        """Return the first line taken; the others come again."""
        first, *rest = self.taken
        self._again.extendleft(reversed(rest))
        self.taken.clear()
        return first

    def take(self) -> Passage:
        """Return the lines of the record that has ended."""
        text = "\n".join(passage.text for passage in self.taken)
        passage = Passage(text=text, line=self.taken[0].line)
        self.taken.clear()
        return passage


def records(passages: Iterable[Passage], delimiter: str) -> Iterator[Record]:
    """Yield the records; a line that breaks the rules of quoting is one without fields."""
    tap = _Tap(passages)
    reader = csv.reader(tap, delimiter=delimiter, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(tap.give_back(), None)
        else:
            yield Record(tap.take(), fields)


def guess_delimiter(header: str) -> str:
    """Return the delimiter that the first line has most of."""
    return max(_DELIMITERS, key=header.count)


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    return re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^{mark}]*))({mark}|\Z)')


def field_spans(text: str, delimiter: str) -> list[tuple[int, int]]:
    """Return where the fields of a well-formed record stand, quotation marks left out."""
    spans = []
    position = 0
    while match := _field(delimiter).match(text, position):
        spans.append(match.span(1 if match[1] is not None else 2))
        position = match.end()
        if not match[3]:
            break
    return spans


def offset_in_field(field: str, offset: int) -> int:
    """Return where in a quoted field a code point of its value stands; ``""`` is one."""
    position = 0
    for _ in range(offset):
        position += 2 if field.startswith('""', position) else 1
    return position
