"""Finds the alerts of a filter, a page at a time, in about the same time among few and millions.

Every condition but a text has an index in the order of pages. A text is looked for in the next
alerts of a page only, so a page that says where the next begins may hold few alerts, or none.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Subquery, func, or_, select

from alerting.records.numbers import first_number
from alerting.records.record import Filter
from alerting.records.tables import alerts, digests, incidents, kinds

ROWS = select(
    *(column for column in alerts.c if column is not alerts.c.sealed),
    incidents.c.id.label("incident_id"),
).outerjoin(incidents)
"""All that a record is made of but the sealed payload, which may be large."""

# How many alerts a page looks for a text in.
_READ_FOR_TEXT = 2000
_IDS = (alerts.c.id, alerts.c.job_id, alerts.c.request_id)
_TEXTS = ("id", "job_id", "request_id", "caller", "task", "excerpt")


def page(
    connection: Connection, wanted: Filter, *, before: int | None, limit: int
) -> tuple[Sequence[Any], int | None]:
    """Return the rows of a page, newest first, and where the next begins."""
    query, number = _matching(wanted)
    if before is not None:
        query = query.where(number < before)
    query = query.order_by(number.desc())
    if wanted.text is None:
        return _cut(connection.execute(query.limit(limit + 1)).all(), limit)
    named = connection.execute(query.where(_is_named(wanted.text)).limit(limit + 1)).all()
    return _cut(named, limit) if named else _reading(connection, query, wanted.text, limit)


def _cut(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], int | None]:
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


def _reading(
    connection: Connection, query: Select[Any], text: str, limit: int
) -> tuple[Sequence[Any], int | None]:
    """Look for the text in the next alerts; without enough of them go on behind the last."""
    read = query.limit(_READ_FOR_TEXT).subquery()
    found = select(read).where(_contains(read, text)).order_by(read.c.number.desc())
    rows, following = _cut(connection.execute(found.limit(limit + 1)).all(), limit)
    if following is None:
        last = query.with_only_columns(alerts.c.number).offset(_READ_FOR_TEXT - 1).limit(1)
        following = connection.scalar(last)
    return rows, following


def _matching(wanted: Filter) -> tuple[Select[Any], ColumnElement[int]]:
    """Return the query of a filter without its text, and the column that orders its pages."""
    query, number = ROWS, alerts.c.number
    if wanted.kind is not None:
        query = query.join(kinds, kinds.c.alert == alerts.c.number)
        query, number = query.where(kinds.c.kind == wanted.kind), kinds.c.alert
    if wanted.digest is not None:
        query = query.join(digests, digests.c.alert == alerts.c.number)
        query, number = query.where(digests.c.digest == wanted.digest), digests.c.alert
    return query.where(*_equal(wanted), *_within(wanted, number)), number


def _equal(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    of_incident = select(incidents.c.number).where(incidents.c.id == wanted.incident_id)
    for value, condition in (
        (wanted.severity, alerts.c.severity == wanted.severity),
        (wanted.state, alerts.c.state == wanted.state),
        (wanted.caller, alerts.c.caller == wanted.caller),
        (wanted.task, alerts.c.task == wanted.task),
        (wanted.incident_id, alerts.c.incident == of_incident.scalar_subquery()),
    ):
        if value is not None:
            yield condition


def _within(wanted: Filter, number: Column[int]) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield number >= first_number(wanted.since)
    if wanted.until is not None:
        yield number < first_number(wanted.until)


def _is_named(text: str) -> ColumnElement[bool]:
    return or_(*(column == text for column in _IDS))


def _contains(rows: Subquery, text: str) -> ColumnElement[bool]:
    columns = (func.lower(rows.c[name]) for name in _TEXTS)
    return or_(*(column.contains(text.lower(), autoescape=True) for column in columns))
