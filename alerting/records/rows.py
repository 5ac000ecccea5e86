"""A record as a row of the database, and back. Knows no queries."""

from typing import Any

import orjson

from alerting.alert import Alert
from alerting.finding import Finding
from alerting.records.record import Record, Severity, State


def columns(record: Record) -> dict[str, object]:
    """Return the columns of a new row."""
    alert = record.alert
    return {
        "id": alert.id,
        "recorded_at": alert.recorded_at,
        "caller": alert.caller,
        "task": alert.task,
        "job_id": alert.job_id,
        "request_id": alert.request_id,
        "is_partial": alert.is_partial,
        "severity": int(record.severity),
        "state": record.state,
        "version": record.version,
        "findings": orjson.dumps([*map(list, alert.findings)]).decode(),
        "digests": " ".join(record.digests),
        "excerpt": record.excerpt,
        "sealed": record.sealed,
    }


def record_of(row: Any) -> Record:
    """Return the record of a row of the alerts, with its incident's id beside it."""
    return Record(
        alert=Alert(
            id=row.id,
            recorded_at=row.recorded_at,
            findings=tuple(map(_finding, orjson.loads(row.findings))),
            caller=row.caller,
            task=row.task,
            job_id=row.job_id,
            request_id=row.request_id,
            is_partial=row.is_partial,
        ),
        severity=Severity(row.severity),
        digests=tuple(row.digests.split()),
        excerpt=row.excerpt,
        sealed=row.sealed,
        state=State(row.state),
        version=row.version,
        incident_id=row.incident_id,
    )


def _finding(members: list[Any]) -> Finding:
    members[-1] = tuple(members[-1])
    return Finding(*members)
