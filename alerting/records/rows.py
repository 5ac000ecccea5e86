"""A record as a row of the database, and back. Knows no queries."""

from typing import Any

import orjson

from alerting.alert import Alert
from alerting.finding import Finding, JsonValue
from alerting.json_text import json_text
from alerting.records.numbers import number_of
from alerting.records.record import Incident, Record, Severity, State


def columns(record: Record, *, salt: int = 0) -> dict[str, Any]:
    """Return the columns of a new row; another salt gives it another number."""
    alert = record.alert
    return {
        "number": number_of(alert.recorded_at, int(alert.id, 16) + salt),
        "id": alert.id,
        "recorded_at": alert.recorded_at,
        "caller": alert.caller,
        "task": alert.task,
        "job_id": alert.job_id,
        "request_id": alert.request_id,
        "is_partial": alert.is_partial,
        "severity": int(record.severity),
        "state": record.state.value,
        "version": record.version,
        "findings": _text([[*one[:-1], [*one.place]] for one in alert.findings]),
        "digests": " ".join(record.digests),
        "excerpt": record.excerpt,
        "sealed": record.sealed,
    }


def kind_rows(number: int, record: Record) -> list[dict[str, object]]:
    """Return a new row for each kind of the alert with a number."""
    shared = {
        "alert": number,
        "caller": record.alert.caller,
        "task": record.alert.task,
        "severity": int(record.severity),
        "state": record.state.value,
    }
    return [{"kind": kind, **shared} for kind in record.alert.kinds]


def digest_rows(number: int, record: Record) -> list[dict[str, object]]:
    """Return a new row for each value of the alert with a number."""
    return [{"digest": digest, "alert": number} for digest in dict.fromkeys(record.digests)]


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
        sealed=getattr(row, "sealed", None),
        state=State(row.state),
        version=row.version,
        incident_id=row.incident_id,
    )


def incident_of(row: Any) -> Incident:
    """Return the incident of a row."""
    return Incident(
        id=row.id,
        caller=row.caller,
        kinds=tuple(orjson.loads(row.kinds)),
        pointers=tuple(orjson.loads(row.pointers)),
        severity=Severity(row.severity),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        count=row.count,
        open=row.open,
        version=row.version,
    )


def _text(value: JsonValue) -> str:
    """Return JSON that every database takes: half a pair of surrogates is replaced."""
    return json_text(value)[0].decode("utf-8", "replace")


def _finding(members: list[Any]) -> Finding:
    members[-1] = tuple(members[-1])
    return Finding(*members)
