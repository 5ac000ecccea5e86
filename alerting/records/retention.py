"""Takes alerts out of the database for good. Knows the tables, not why an alert has to go."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from alerting.records import counts
from alerting.records.numbers import first_number
from alerting.records.record import State
from alerting.records.tables import alerts, digests, incidents

# So many at a time, so that no transaction keeps others waiting for long.
_AT_ONCE = 1000


def delete_some(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Delete the oldest alerts of a condition, and return how many; 0 when none is left."""
    query = select(alerts).where(condition).order_by(alerts.c.number).limit(_AT_ONCE)
    rows = connection.execute(query.with_for_update()).all()
    if not rows:
        return 0
    connection.execute(delete(alerts).where(alerts.c.number.in_([row.number for row in rows])))
    _count_no_more(connection, [row for row in rows if row.incident is not None])
    return len(rows)


def older_than(moment: datetime) -> ColumnElement[bool]:
    """Return the condition of alerts that were recorded before a moment."""
    return alerts.c.number < first_number(moment)


def with_digest(digest: str) -> ColumnElement[bool]:
    """Return the condition of alerts about a value."""
    return alerts.c.number.in_(select(digests.c.alert).where(digests.c.digest == digest))


def beyond(connection: Connection, keep: int) -> ColumnElement[bool] | None:
    """Return the condition of all alerts but the newest ones, or None when there are no more."""
    query = select(alerts.c.number).order_by(alerts.c.number.desc()).offset(keep).limit(1)
    number = connection.execute(query).scalar_one_or_none()
    return None if number is None else alerts.c.number <= number


def _count_no_more(connection: Connection, rows: list[Any]) -> None:
    touched = sorted({row.incident for row in rows})
    for number in touched:
        gone = sum(row.incident == number and row.state == State.OPEN for row in rows)
        connection.execute(
            update(incidents)
            .where(incidents.c.number == number)
            .values(open=incidents.c.open - gone)
        )
    is_empty = ~exists(select(alerts.c.number).where(alerts.c.incident == incidents.c.number))
    connection.execute(delete(incidents).where(incidents.c.number.in_(touched) & is_empty))
    # After the incidents, as whoever groups alerts locks those first.
    counts.add_alerts(connection, rows, sign=-1)
