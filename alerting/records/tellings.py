"""Who is to be told of which incident and when, and who was. Knows the tables and no sink.

A telling is wanted in the transaction that lets the incident grow, so that nothing grows unheard.
It is marked as asked for before its job is made: an incident that grows after that wants another
one, and a job that was never made is noticed by its absence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, case, func, select, update

from alerting.ids import new_job_id
from alerting.records.database import Database
from alerting.records.dialect import insert_into
from alerting.records.tables import incidents, tellings

_ROWS = select(tellings, incidents.c.id.label("incident_id")).join(incidents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who is to be told of incidents that grow, and how soon."""

    sinks: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A sink that is to be told of an incident, by the job of that id once it has one."""

    incident_id: str
    sink: str
    job_id: str


def want(connection: Connection, numbers: Sequence[int], wish: Wish) -> None:
    """Note that incidents have grown: each sink is told at the wish's time, or when it may be."""
    rows = [
        {
            "incident": number,
            "sink": sink,
            "due_at": wish.at,
            "not_before": wish.at,
            "told": 0,
        }
        for number in numbers
        for sink in wish.sinks
    ]
    if not rows:
        return
    later = case((tellings.c.not_before > wish.at, tellings.c.not_before), else_=wish.at)
    into = insert_into(connection, tellings).on_conflict_do_update(
        index_elements=["incident", "sink"],
        set_={"due_at": func.coalesce(tellings.c.due_at, later)},
    )
    connection.execute(into, rows)


class Tellings:
    """The tellings in a database; every call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, *, now: datetime, limit: int) -> list[Telling]:
        """Return what is to be told by now; those with a job of before come with its id."""
        query = _ROWS.where(tellings.c.due_at <= now).order_by(tellings.c.due_at).limit(limit)
        return self._found(query)

    def next_due(self) -> datetime | None:
        """Return when something is to be told next."""
        with self._database.reading() as connection:
            moment: datetime | None = connection.scalar(select(func.min(tellings.c.due_at)))
            return moment

    def asked(self, due: Iterable[Telling], *, now: datetime, every: timedelta) -> list[Telling]:
        """Note that jobs are to tell, and return their tellings with the ids of the jobs.

        What somebody else has noted meanwhile is left out.
        """
        made = [
            Telling(incident_id=one.incident_id, sink=one.sink, job_id=new_job_id()) for one in due
        ]
        noted = {"due_at": None, "not_before": now + every, "asked_at": now}
        with self._database.writing() as connection:
            return [
                one
                for one in made
                if _change(connection, one, {**noted, "job_id": one.job_id}, due_by=now)
            ]

    def schedule(self, some: Iterable[Telling], *, at: datetime | None) -> None:
        """Have them told at a moment, or not at all."""
        with self._database.writing() as connection:
            for one in some:
                _change(connection, one, {"due_at": at})

    def asked_before(self, moment: datetime, *, limit: int) -> list[Telling]:
        """Return what jobs were made for before a moment and have not told yet, oldest first."""
        waiting = tellings.c.job_id.is_not(None) & (tellings.c.asked_at < moment)
        return self._found(_ROWS.where(waiting).order_by(tellings.c.asked_at).limit(limit))

    def told(self, telling: Telling, *, count: int, now: datetime) -> None:
        """Note that a sink knows of so many alerts of an incident."""
        known = case((tellings.c.told > count, tellings.c.told), else_=count)
        job = case((tellings.c.job_id == telling.job_id, None), else_=tellings.c.job_id)
        with self._database.writing() as connection:
            _change(connection, telling, {"told": known, "told_at": now, "job_id": job})

    def _found(self, query: Select[Any]) -> list[Telling]:
        with self._database.reading() as connection:
            return [
                Telling(incident_id=row.incident_id, sink=row.sink, job_id=row.job_id or "")
                for row in connection.execute(query)
            ]


def _change(
    connection: Connection,
    telling: Telling,
    values: dict[str, Any],
    *,
    due_by: datetime | None = None,
) -> bool:
    """Change a telling, if it is due where that is asked for; return whether it was changed."""
    number = select(incidents.c.number).where(incidents.c.id == telling.incident_id)
    query = update(tellings).where(
        tellings.c.incident == number.scalar_subquery(), tellings.c.sink == telling.sink
    )
    if due_by:
        query = query.where(tellings.c.due_at <= due_by)
    return bool(connection.execute(query.values(values)).rowcount)
