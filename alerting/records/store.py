"""Keeps records of alerts and finds them again. Knows SQL; knows neither payloads nor callers."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerting.errors import AlertChanged, AlertNotFound, WrongState
from alerting.records.database import Database
from alerting.records.query import matching
from alerting.records.record import TRANSITIONS, Action, Event, Filter, Page, Record, State
from alerting.records.rows import columns, record_of
from alerting.records.tables import alerts, digests, events, incidents, kinds

# Only the dialects' own know ON CONFLICT, and they write it alike.
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_ROWS = select(alerts, incidents.c.id.label("incident_id")).outerjoin(incidents)


class RecordStore:
    """The records in a database; every call is a transaction of its own.

    Each raises DatabaseUnavailable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, records: Iterable[Record]) -> None:
        """Keep the records, those that are kept already excepted."""
        by_id = {record.alert.id: record for record in records}
        with self._database.writing() as connection:
            new = _add_alerts(connection, list(by_id.values()))
            _add_all(
                connection,
                kinds,
                [
                    {"alert": number, "kind": kind}
                    for id_, number in new
                    for kind in by_id[id_].alert.kinds
                ],
            )
            _add_all(
                connection,
                digests,
                [
                    {"alert": number, "digest": digest}
                    for id_, number in new
                    for digest in dict.fromkeys(by_id[id_].digests)
                ],
            )

    def page(self, wanted: Filter, *, before: int | None = None, limit: int) -> Page:
        """Return at most ``limit`` records, newest first, from a page's ``next`` on."""
        query = matching(_ROWS, wanted).order_by(alerts.c.number.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(alerts.c.number < before)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        shown = rows[:limit]
        return Page(
            records=tuple(map(record_of, shown)),
            next=shown[-1].number if len(rows) > limit else None,
        )

    def get(self, alert_id: str) -> Record:
        """Return the record of an alert; raises AlertNotFound."""
        with self._database.reading() as connection:
            return record_of(_row(connection, _ROWS.where(alerts.c.id == alert_id)))

    def history(self, alert_id: str) -> list[Event]:
        """Return what was done with the alert, oldest first; raises AlertNotFound."""
        with self._database.reading() as connection:
            number = _row(connection, select(alerts.c.number).where(alerts.c.id == alert_id)).number
            done = select(events).where(events.c.alert == number).order_by(events.c.number)
            return [
                Event(at=row.at, who=row.who, action=Action(row.action), text=row.text)
                for row in connection.execute(done)
            ]

    def act(
        self,
        alert_id: str,
        action: Action,
        *,
        who: str,
        text: str = "",
        version: int | None = None,
    ) -> Record:
        """Do something with an alert, note it in its history, and return the record after it.

        With a version the alert must still have that one. Raises AlertNotFound, AlertChanged, and
        WrongState when the action does not lead on from the alert's state.
        """
        with self._database.writing() as connection:
            query = _ROWS.where(alerts.c.id == alert_id).with_for_update(of=alerts)
            row = _row(connection, query)
            if version is not None and row.version != version:
                raise AlertChanged
            state = _state_after(State(row.state), action)
            connection.execute(
                update(alerts)
                .where(alerts.c.number == row.number)
                .values(state=state, version=row.version + 1)
            )
            connection.execute(
                insert(events).values(
                    alert=row.number, at=datetime.now(UTC), who=who, action=action, text=text
                )
            )
            return record_of(_row(connection, _ROWS.where(alerts.c.number == row.number)))


def _add_alerts(connection: Connection, records: Sequence[Record]) -> list[tuple[str, int]]:
    """Insert what is new, and return the ids and numbers of that."""
    if not records:
        return []
    into = _INSERT[connection.dialect.name](alerts).on_conflict_do_nothing(index_elements=["id"])
    rows = [columns(record) for record in records]
    added = connection.execute(into.returning(alerts.c.id, alerts.c.number), rows)
    return [(row.id, row.number) for row in added]


def _add_all(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _row(connection: Connection, query: Select[Any]) -> Any:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise AlertNotFound
    return row


def _state_after(state: State, action: Action) -> State:
    if action not in TRANSITIONS:
        return state
    before, after = TRANSITIONS[action]
    if state not in before:
        raise WrongState
    return after
