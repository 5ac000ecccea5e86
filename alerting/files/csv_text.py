"""CSV: the header says what the columns hold. Knows no files.

A first row in which something is found is no header; columns then have numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from alerting.detector import Detector
from alerting.files.batch import Unit, scan_units
from alerting.files.csv_source import (
    Record,
    field_spans,
    guess_delimiter,
    offset_in_field,
    records,
)
from alerting.files.located import Located, Passage, Where, locate
from alerting.files.text import locate_in_text
from alerting.finding import Finding, JsonValue


class _Columns:
    """The names of the columns, each once; columns without one get a number."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._taken: set[str] = set()

    def add(self, name: str) -> None:
        """Name the next column; a name that is taken gets the column's number."""
        number = len(self.names) + 1
        name = name.strip() or f"column {number}"
        while name in self._taken:
            name += f" {number}"
        self._taken.add(name)
        self.names.append(name)

    def named(self, fields: Sequence[str]) -> dict[str, JsonValue]:
        """Return the fields of a row under their names."""
        while len(self.names) < len(fields):
            self.add("")
        return dict(zip(self.names, fields, strict=False))


def scan(detector: Detector, passages: Iterable[Passage]) -> Iterator[Located]:
    """Yield what is found, record by record."""
    lines = iter(passages)
    first = next(lines, None)
    if first is None:
        return
    mark = guess_delimiter(first.text)
    columns = _Columns()
    rows = _without_header(detector, records(chain([first], lines), mark), columns)
    units = (
        Unit(row.passage, row.passage.text if row.fields is None else columns.named(row.fields))
        for row in rows
    )
    for unit, findings in scan_units(detector, units):
        if isinstance(unit.payload, dict):
            yield from _locate_in_row(unit.passage, findings, names=columns.names, mark=mark)
        else:
            yield from locate_in_text(unit.passage, findings)


def _without_header(
    detector: Detector, rows: Iterator[Record], columns: _Columns
) -> Iterator[Record]:
    """Name the columns by the header, if there is one, and return the rows that hold data."""
    first = next(rows)
    if first.fields is None or detector.scan([*first.fields]):
        return chain([first], rows)
    for name in first.fields:
        columns.add(name)
    return rows


def _locate_in_row(
    passage: Passage, findings: Sequence[Finding], *, names: Sequence[str], mark: str
) -> Iterator[Located]:
    spans = field_spans(passage.text, mark)
    for finding in findings:
        if finding.in_key:  # the header was looked at already
            continue
        column = finding.place[0]
        first, last = spans[column]
        field = passage.text[first:last]
        is_quoted = passage.text[first - 1 : first] == '"'
        start, end = finding.start, finding.end
        if is_quoted:
            start, end = offset_in_field(field, start), offset_in_field(field, end)
        value = field[start:end].replace('""', '"') if is_quoted else field[start:end]
        where = Where(context=names[column], column_name=names[column])
        yield locate(passage, finding, (first + start, first + end), value=value, where=where)
