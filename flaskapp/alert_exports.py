"""Alerts as files: lines of CSV or JSON, made one by one however many there are."""

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson

from alerting.records.record import Record
from flaskapp.alert_answers import moment, record_json

_COLUMNS = (
    "alert_id",
    "recorded_at",
    "state",
    "severity",
    "kinds",
    "caller",
    "task",
    "job_id",
    "request_id",
    "incident_id",
    "scan",
    "pointers",
    "excerpt",
)
# With these a spreadsheet takes a cell for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A form of file: its media type, and what makes its lines."""

    media_type: str
    lines: Callable[[Iterable[Record]], Iterator[str]]

    def begun_lines(self, records: Iterator[Record]) -> Iterator[str]:
        """Return the lines, the first record of them read: a fault shows before the answer."""
        first = list(itertools.islice(records, 1))
        return self.lines(itertools.chain(first, records))


def _csv(records: Iterable[Record]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    rows = itertools.chain([list(_COLUMNS)], map(_cells, records))
    for row in rows:
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _cells(record: Record) -> list[str]:
    alert = record.alert
    cells = (
        alert.id,
        moment(alert.recorded_at),
        record.state.value,
        record.severity.word,
        " ".join(alert.kinds),
        alert.caller,
        alert.task,
        alert.job_id,
        alert.request_id,
        record.incident_id or "",
        "partial" if alert.is_partial else "complete",
        " ".join(finding.pointer for finding in alert.findings),
        record.excerpt,
    )
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]


def _ndjson(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        yield orjson.dumps(record_json(record)).decode() + "\n"


EXPORTS = {
    "csv": Export(media_type="text/csv", lines=_csv),
    "ndjson": Export(media_type="application/x-ndjson", lines=_ndjson),
}
