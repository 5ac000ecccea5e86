"""Keeps records of alerts and finds them again. Knows SQL; knows neither payloads nor callers."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy.exc import IntegrityError

from alerting.errors import AlertNotFound, DatabaseUnavailable
from alerting.masking import masked_text
from alerting.records import adding, query, retention, statistics
from alerting.records.database import Database, open_database
from alerting.records.incidents import group
from alerting.records.migrations import bring_up_to_date
from alerting.records.numbers import first_number
from alerting.records.record import (
    Action,
    Event,
    Filter,
    Incident,
    IncidentPage,
    Outcome,
    Page,
    Record,
    Stats,
)
from alerting.records.review import Deed, act, act_on_incident, act_on_seen
from alerting.records.rows import incident_of, record_of
from alerting.records.severity import Rules, parse_rules
from alerting.records.tables import alerts, digests, events, incidents
from alerting.records.tellings import Wish, want
from alerting.settings import AlertingSettings

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
        adding.add(self.database, records)

    def add_grouped(
        self, records: Collection[Record], *, window: timedelta, wish: Wish | None = None
    ) -> None:
        """Keep the records and give them incidents, as :meth:`add` and :meth:`group` do.

        Where all of them are new, as most of the time, in one transaction.
        """
        if not records:
            return
        try:
            with self.database.writing() as connection:
                grown = adding.add_grouped(connection, records, window=window, rules=self._rules)
                if wish:
                    want(connection, grown, wish)
        except DatabaseUnavailable as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
            self.add(records)
            self.group([record.alert.id for record in records], window=window, wish=wish)

    def page(self, wanted: Filter, *, before: int | None = None, limit: int) -> Page:
        """Return at most ``limit`` records, newest first, from a page's ``next`` on.

        Only :meth:`get` brings the sealed payload along.
        """
        with self.database.reading() as connection:
            rows, following = query.page(connection, wanted, before=before, limit=limit)
        return Page(records=tuple(map(record_of, rows)), next=following)

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
        """Return the record of an alert, its payload too; raises AlertNotFound."""
        with self.database.reading() as connection:
            whole = query.ROWS.add_columns(alerts.c.sealed)
            return record_of(_row(connection, whole.where(alerts.c.id == alert_id)))

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
        deed = _deed(action, who=who, text=text)
        with self.database.writing() as connection:
            act(connection, alert_id, deed, version=version)
            return record_of(_row(connection, query.ROWS.where(alerts.c.id == alert_id)))

    def act_on(
        self, seen: Mapping[str, int | None], action: Action, *, who: str, text: str = ""
    ) -> Outcome:
        """Do something with those of the alerts whose state it leads on from.

        An alert that no longer has the version that was seen of it, if any, is left as it is.
        """
        deed = _deed(action, who=who, text=text)
        with self.database.writing() as connection:
            return act_on_seen(connection, seen, deed)

    def act_on_incident(
        self,
        incident_id: str,
        action: Action,
        *,
        who: str,
        text: str = "",
        version: int | None = None,
    ) -> int:
        """Do something with those of an incident's alerts whose state it leads on from.

        Returns how many that were. With a version the incident must still have that one. Raises
        AlertNotFound when there is no such incident, and AlertChanged.
        """
        found = select(incidents.c.number).where(incidents.c.id == incident_id)
        deed = _deed(action, who=who, text=text)
        with self.database.writing() as connection:
            number = _row(connection, found).number
            return act_on_incident(connection, number, deed, version=version)

    def incidents(self, *, before: int | None = None, limit: int) -> IncidentPage:
        """Return at most ``limit`` incidents, newest first, from a page's ``next`` on."""
        found = select(incidents).order_by(incidents.c.number.desc()).limit(limit + 1)
        if before is not None:
            found = found.where(incidents.c.number < before)
        with self.database.reading() as connection:
            rows = connection.execute(found).all()
        following = rows[limit - 1].number if len(rows) > limit else None
        return IncidentPage(incidents=tuple(map(incident_of, rows[:limit])), next=following)

    def incident(self, incident_id: str) -> Incident:
        """Return an incident; raises AlertNotFound."""
        with self.database.reading() as connection:
            found = select(incidents).where(incidents.c.id == incident_id)
            return incident_of(_row(connection, found))

    def group(
        self, ids: Sequence[str], *, window: timedelta, wish: Wish | None = None
    ) -> list[Incident]:
        """Give the alerts that have none an incident, and return the incidents that grew.

        Alerts belong together when their caller, kinds and pointers are the same and each comes
        within the window after the last. A wish says who is to be told that they grew.
        """
        with self.database.writing() as connection:
            grown = group(connection, ids, window=window, rules=self._rules)
            if wish:
                want(connection, grown, wish)
            found = select(incidents).where(incidents.c.number.in_(grown))
            return [incident_of(row) for row in connection.execute(found)]

    def ungrouped(self, *, before: datetime, limit: int) -> list[str]:
        """Return the ids of alerts without an incident that were recorded before a moment."""
        left = alerts.c.incident.is_(None) & (alerts.c.number < first_number(before))
        oldest = select(alerts.c.id).where(left).order_by(alerts.c.number).limit(limit)
        with self.database.reading() as connection:
            return list(connection.scalars(oldest))

    def stats(self, *, since: datetime, until: datetime) -> Stats:
        """Return counts of the alerts that have an incident, of the hours in a span of time."""
        with self.database.reading() as connection:
            return statistics.stats(connection, since=since, until=until)

    def ids_beginning(self, beginning: str, *, limit: int) -> list[str]:
        """Return ids of alerts that begin with some hexadecimal digits."""
        # Two bounds, as not every database looks up a beginning in an index.
        bounds = (alerts.c.id >= beginning, alerts.c.id < f"{beginning}g")
        with self.database.reading() as connection:
            return list(connection.scalars(select(alerts.c.id).where(*bounds).limit(limit)))

    def count_about(self, digest: str) -> int:
        """Return how many alerts are about a value."""
        count = select(func.count()).where(digests.c.digest == digest)
        with self.database.reading() as connection:
            return connection.scalar(count) or 0

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


def _deed(action: Action, *, who: str, text: str) -> Deed:
    """Return what is done; what is said about it may quote a value, and the history may not.

    PostgreSQL takes no zeros in a text.
    """
    return Deed(action=action, who=who, text=masked_text(text.replace("\0", "")))


def _row(connection: Connection, wanted: Select[Any]) -> Any:
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise AlertNotFound
    return row
