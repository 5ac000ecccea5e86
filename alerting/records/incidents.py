"""Groups alerts into incidents: same caller, kinds and pointers, each soon after the last.

Knows the tables. A transaction that groups is alone with that, so no incident begins twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from alerting.ids import new_id
from alerting.records import counts
from alerting.records.dialect import one_at_a_time
from alerting.records.record import Severity
from alerting.records.severity import Rules
from alerting.records.tables import alerts, incidents

_COLUMNS = (
    alerts.c.number,
    alerts.c.recorded_at,
    alerts.c.caller,
    alerts.c.task,
    alerts.c.severity,
    alerts.c.state,
    alerts.c.findings,
)
_GROWING = ("severity", "first_seen", "last_seen", "count", "open")


@dataclass(slots=True)
class _Incident:
    """An incident as it grows; without a number it is new."""

    number: int | None
    columns: dict[str, Any]

    def take(self, row: Any) -> None:
        """Count one more alert."""
        kept = self.columns
        kept["count"] += 1
        kept["open"] += row.state == "open"
        moment = row.recorded_at
        kept["first_seen"] = min(kept["first_seen"], moment)
        kept["last_seen"] = max(kept["last_seen"], moment)
        kept["severity"] = max(kept["severity"], row.severity)

    def judge(self, rules: Rules) -> None:
        """Say how severe it is, now that all alerts are counted."""
        kept = self.columns
        kept["severity"] = int(rules.of_incident(Severity(kept["severity"]), count=kept["count"]))


def group(
    connection: Connection, ids: Sequence[str], *, window: timedelta, rules: Rules
) -> list[int]:
    """Give the alerts that have none an incident; return the numbers of those that grew."""
    one_at_a_time(connection)
    wanted = alerts.c.id.in_(ids) & alerts.c.incident.is_(None)
    rows = connection.execute(select(*_COLUMNS).where(wanted).order_by(alerts.c.number)).all()
    if not rows:
        return []
    members: dict[int, list[int]] = {}
    for row, incident in zip(rows, join(connection, rows, window=window, rules=rules), strict=True):
        members.setdefault(incident, []).append(row.number)
    for incident, taken in members.items():
        theirs = alerts.c.number.in_(taken)
        connection.execute(update(alerts).where(theirs).values(incident=incident))
    return list(members)


def join(
    connection: Connection, rows: Sequence[Any], *, window: timedelta, rules: Rules
) -> list[int]:
    """Let incidents grow by the rows of alerts, which come in the order of their numbers.

    Returns the number of each one's incident. The rows need not be stored yet, but whoever calls
    has to be the only one who groups.
    """
    alike = [_likeness(row.caller, row.findings) for row in rows]
    latest = _latest(connection, set(alike))
    joined: list[int] = []
    grown: dict[int, _Incident] = {}
    for row, likeness in zip(rows, alike, strict=True):
        incident = latest.get(likeness)
        if incident is None or row.recorded_at - incident.columns["last_seen"] > window:
            incident = latest[likeness] = _begin(connection, row, likeness)
        incident.take(row)
        number = incident.number or 0
        grown[number] = incident
        joined.append(number)
    for number, incident in grown.items():
        incident.judge(rules)
        known = {name: incident.columns[name] for name in _GROWING}
        connection.execute(update(incidents).where(incidents.c.number == number).values(known))
    counts.add_alerts(connection, rows)
    return joined


@lru_cache(maxsize=32)
def _likeness(caller: str, findings: str) -> str:
    """Return what two alerts share that belong together."""
    kinds, pointers = map(sorted, counts.found(findings))
    return hashlib.sha256(orjson.dumps([caller, kinds, pointers])).hexdigest()


def _latest(connection: Connection, alike: set[str]) -> dict[str, _Incident]:
    """Return the last incident of each likeness."""
    query = select(incidents).where(incidents.c.likeness.in_(alike)).order_by(incidents.c.last_seen)
    return {
        row["likeness"]: _Incident(row["number"], dict(row))
        for row in connection.execute(query).mappings()
    }


def _begin(connection: Connection, row: Any, likeness: str) -> _Incident:
    kinds, pointers = map(list, counts.found(row.findings))
    columns: dict[str, Any] = {
        "id": new_id(),
        "likeness": likeness,
        "caller": row.caller,
        "kinds": orjson.dumps(kinds).decode(),
        "pointers": orjson.dumps(pointers).decode(),
        "severity": row.severity,
        "first_seen": row.recorded_at,
        "last_seen": row.recorded_at,
        "count": 0,
        "open": 0,
    }
    made = connection.execute(insert(incidents).values(columns).returning(incidents.c.number))
    return _Incident(made.scalar_one(), columns)
