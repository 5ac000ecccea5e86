"""How alerts look in a terminal. Shows no value, and nothing that could steer a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from alerting.finding import Finding
from alerting.records.record import Event, Record
from flaskapp.scan_outputs.printable import printable

_MOST_KINDS = 3
_MINUTE, _SECOND = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S %Z"


def table(records: Sequence[Record], *, width: int | None) -> Iterator[str]:
    """Yield the lines of a table; where that is too wide, two lines for each alert."""
    zone = datetime.now().astimezone().strftime("%Z")
    head = ("ALERT", f"TIME ({zone})", "SEVERITY", "STATE", "KINDS", "CALLER", "TASK")
    lines = _columns([head, *map(_cells, records)])
    if width is None or max(map(len, lines)) <= width:
        yield from lines
        return
    for record in records:
        *first, kinds, caller, task = _cells(record)
        yield _shortened("  ".join(first), width)
        yield _shortened(f"    {kinds}  {caller}  {task}", width)


def details(record: Record, history: Sequence[Event]) -> Iterator[str]:
    """Yield the lines about one alert: facts, findings, excerpt and history."""
    yield from _columns(_facts(record))
    yield from ("", "Findings")
    yield from _indented(_finding(one) for one in record.alert.findings)
    yield from ("", "Excerpt, masked", f"  {printable(record.excerpt)}")
    yield from ("", "History")
    yield from _indented(map(_event, history)) if history else ["  nothing was done yet"]


def _facts(record: Record) -> list[tuple[str, str]]:
    alert = record.alert
    return [
        ("Alert", alert.id),
        ("Time", alert.recorded_at.astimezone().strftime(_SECOND)),
        ("Severity", record.severity.word),
        ("State", record.state.value),
        ("Kinds", ", ".join(alert.kinds)),
        ("Caller", printable(alert.caller)),
        ("Task", printable(alert.task)),
        ("Job", printable(alert.job_id)),
        ("Request", printable(alert.request_id)),
        ("Incident", record.incident_id or "-"),
        ("Scan", "partial" if alert.is_partial else "complete"),
    ]


def _cells(record: Record) -> tuple[str, ...]:
    alert = record.alert
    more = len(alert.kinds) - _MOST_KINDS
    kinds = ", ".join(alert.kinds[:_MOST_KINDS]) + (f" +{more}" if more > 0 else "")
    return (
        alert.id,
        alert.recorded_at.astimezone().strftime(_MINUTE),
        record.severity.word,
        record.state.value,
        kinds,
        printable(alert.caller),
        printable(alert.task),
    )


def _finding(finding: Finding) -> tuple[str, ...]:
    place = printable(finding.pointer) or "(the whole payload)"
    return (
        finding.kind,
        f"{place} (name)" if finding.in_key else place,
        f"{finding.start}-{finding.end}",
        f"{finding.confidence:.2f}",
        printable(finding.why),
    )


def _event(event: Event) -> tuple[str, ...]:
    at = event.at.astimezone().strftime(_SECOND)
    return at, printable(event.who), event.action.value, printable(event.text)


def _indented(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    return (f"  {line}" for line in _columns([*rows]))


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _shortened(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 1]}…"
