"""Keeps records of alerts and finds them again. Knows SQL; knows neither payloads nor callers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, insert, select

from alerting.errors import AlertNotFound
from alerting.records import retention, statistics
from alerting.records.database import Database, open_database
from alerting.records.dialect import insert_into
from alerting.records.incidents import group
from alerting.records.migrations import bring_up_to_date
from alerting.records.query import matching
from alerting.records.record import (
    Action,
    Event,
    Filter,
    Incident,
    IncidentPage,
    Page,
    Record,
    Stats,
)
from alerting.records.review import Deed, act, act_on_all
from alerting.records.rows import columns, incident_of, record_of
from alerting.records.severity import Rules, parse_rules
from alerting.records.tables import alerts, digests, events, incidents, kinds
from alerting.settings import AlertingSettings

_ROWS = select(alerts, incidents.c.id.label("incident_id")).outerjoin(incidents)
_EVERY_PAGE = 1000


class RecordStore:
    """The records in a database; every call is a transaction of its own.

    Each raises DatabaseUnavailable.
    """

    def __init__(self, database: Database, *, rules: Rules) -> None:
        self.database = database
        self._rules = rules

    def add(self, records: Iterable[Record]) -> None:
        """Keep the records, those that are kept already excepted."""
        by_id = {record.alert.id: record for record in records}
        with self.database.writing() as connection:
            new = [
                (number, by_id[id_]) for id_, number in _add_alerts(connection, [*by_id.values()])
            ]
            found = [(number, kind) for number, one in new for kind in one.alert.kinds]
            told = [(number, digest) for number, one in new for digest in {*one.digests}]
            _add_all(connection, kinds, "kind", found)
            _add_all(connection, digests, "digest", told)

    def page(self, wanted: Filter, *, before: int | None = None, limit: int) -> Page:
        """Return at most ``limit`` records, newest first, from a page's ``next`` on."""
        query = _page(matching(_ROWS, wanted), alerts, before=before, limit=limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        records = tuple(map(record_of, rows[:limit]))
        return Page(records=records, next=_next(rows, limit))

    def every(self, wanted: Filter) -> Iterator[Record]:
        """Yield all records that a filter takes, newest first, a page at a time."""
        before = None
        while True:
            page = self.page(wanted, before=before, limit=_EVERY_PAGE)
            yield from page.records
            if page.next is None:
                return
            before = page.next

    def get(self, alert_id: str) -> Record:
        """Return the record of an alert; raises AlertNotFound."""
        with self.database.reading() as connection:
            return record_of(_row(connection, _ROWS.where(alerts.c.id == alert_id)))

    def history(self, alert_id: str) -> list[Event]:
        """Return what was done with the alert, oldest first; raises AlertNotFound."""
        with self.database.reading() as connection:
            number = _row(connection, select(alerts.c.number).where(alerts.c.id == alert_id)).number
            done = select(events).where(events.c.alert == number).order_by(events.c.number)
            return [
                Event(at=row.at, who=row.who, action=Action(row.action), text=row.text)
                for row in connection.execute(done)
            ]

    def act(
        self, alert_id: str, action: Action, *, who: str, text: str = "", version: int | None = None
    ) -> Record:
        """Do something with an alert, note it in its history, and return the record after it.

        With a version the alert must still have that one. Raises AlertNotFound, AlertChanged, and
        WrongState when the action does not lead on from the alert's state.
        """
        deed = Deed(action=action, who=who, text=text)
        with self.database.writing() as connection:
            act(connection, alert_id, deed, version=version)
            return record_of(_row(connection, _ROWS.where(alerts.c.id == alert_id)))

    def act_on(self, ids: Sequence[str], action: Action, *, who: str, text: str = "") -> int:
        """Do something with those of the alerts whose state it leads on from; return how many."""
        return self._act_on_all(alerts.c.id.in_(ids), Deed(action=action, who=who, text=text))

    def act_on_incident(self, incident_id: str, action: Action, *, who: str, text: str = "") -> int:
        """Do something with those of an incident's alerts whose state it leads on from.

        Returns how many that were; raises AlertNotFound when there is no such incident.
        """
        with self.database.reading() as connection:
            number = _row(
                connection, select(incidents.c.number).where(incidents.c.id == incident_id)
            ).number
        deed = Deed(action=action, who=who, text=text)
        return self._act_on_all(alerts.c.incident == number, deed)

    def incidents(self, *, before: int | None = None, limit: int) -> IncidentPage:
        """Return at most ``limit`` incidents, newest first, from a page's ``next`` on."""
        query = _page(select(incidents), incidents, before=before, limit=limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        found = tuple(map(incident_of, rows[:limit]))
        return IncidentPage(incidents=found, next=_next(rows, limit))

    def incident(self, incident_id: str) -> Incident:
        """Return an incident; raises AlertNotFound."""
        with self.database.reading() as connection:
            query = select(incidents).where(incidents.c.id == incident_id)
            return incident_of(_row(connection, query))

    def group(self, ids: Sequence[str], *, window: timedelta) -> list[Incident]:
        """Give the alerts that have none an incident, and return the incidents that grew.

        Alerts belong together when their caller, kinds and pointers are the same and each comes
        within the window after the last.
        """
        with self.database.writing() as connection:
            grown = group(connection, ids, window=window, rules=self._rules)
            query = select(incidents).where(incidents.c.number.in_(grown))
            return [incident_of(row) for row in connection.execute(query)]

    def ungrouped(self, *, before: datetime, limit: int) -> list[str]:
        """Return the ids of alerts without an incident that were recorded before a moment."""
        left = alerts.c.incident.is_(None) & (alerts.c.recorded_at < before)
        query = select(alerts.c.id).where(left).order_by(alerts.c.number).limit(limit)
        with self.database.reading() as connection:
            return list(connection.scalars(query))

    def stats(self, *, since: datetime, until: datetime) -> Stats:
        """Return counts of the alerts that have an incident, of the hours in a span of time."""
        with self.database.reading() as connection:
            return statistics.stats(connection, since=since, until=until)

    def forget(self, digest: str) -> int:
        """Delete the alerts about a value, and return how many they were."""
        return self._delete(retention.with_digest(digest))

    def prune(self, *, before: datetime | None = None, keep: int | None = None) -> int:
        """Delete alerts from before a moment, and all but the newest ones; return how many."""
        deleted = 0 if before is None else self._delete(retention.older_than(before))
        if keep is not None:
            with self.database.reading() as connection:
                surplus = retention.beyond(connection, keep)
            deleted += 0 if surplus is None else self._delete(surplus)
        return deleted

    def _act_on_all(self, condition: ColumnElement[bool], deed: Deed) -> int:
        with self.database.writing() as connection:
            return act_on_all(connection, condition, deed)

    def _delete(self, condition: ColumnElement[bool]) -> int:
        deleted = 0
        while True:
            with self.database.writing() as connection:
                some = retention.delete_some(connection, condition)
            if not some:
                return deleted
            deleted += some


def open_store(settings: AlertingSettings) -> RecordStore:
    """Return the store of ``DATABASE_URL``; nothing connects yet. Raises InvalidSettings."""
    database = open_database(settings.database_url.get_secret_value(), make_tables=bring_up_to_date)
    return RecordStore(database, rules=parse_rules(settings.alert_severity))


def _page(query: Select[Any], table: Table, *, before: int | None, limit: int) -> Select[Any]:
    if before is not None:
        query = query.where(table.c.number < before)
    return query.order_by(table.c.number.desc()).limit(limit + 1)


def _next(rows: Sequence[Any], limit: int) -> int | None:
    return rows[limit - 1].number if len(rows) > limit else None


def _add_alerts(connection: Connection, records: Sequence[Record]) -> list[tuple[str, int]]:
    """Insert what is new, and return the ids and numbers of that."""
    if not records:
        return []
    into = insert_into(connection, alerts).on_conflict_do_nothing(index_elements=["id"])
    rows = [columns(record) for record in records]
    added = connection.execute(into.returning(alerts.c.id, alerts.c.number), rows)
    return [(row.id, row.number) for row in added]


def _add_all(
    connection: Connection, table: Table, name: str, values: list[tuple[int, str]]
) -> None:
    if values:
        rows = [{"alert": number, name: value} for number, value in values]
        connection.execute(insert(table), rows)


def _row(connection: Connection, query: Select[Any]) -> Any:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise AlertNotFound
    return row
