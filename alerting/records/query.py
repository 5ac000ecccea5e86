"""Finds the alerts of a filter, a page at a time, in about the same time among few and millions.

Every two conditions but a text have an index in the order of pages (``lookup.py``). A text is
looked for in the next alerts of a page only, so a page that says where the next begins may hold few
alerts, or none.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from alerting.records import lookup
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
    values = lookup.parameters(wanted, before=before, limit=limit + 1)
    if wanted.text is None:
        return _cut(connection.execute(_matching(connection, wanted), values).all(), limit)
    named = _among_all(wanted).where(_is_named(wanted.text))
    rows = connection.execute(named, values).all()
    return _cut(rows, limit) if rows else _reading(connection, wanted, values, limit)


def _cut(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], int | None]:
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


def _reading(
    connection: Connection, wanted: Filter, values: dict[str, Any], limit: int
) -> tuple[Sequence[Any], int | None]:
    """Look for the text in the next alerts; without enough of them go on behind the last."""
    query, values = _matching(connection, wanted), {**values, "most": _READ_FOR_TEXT}
    read = query.subquery()
    found = select(read).where(_contains(read, wanted.text or "")).order_by(read.c.number.desc())
    rows, following = _cut(connection.execute(found.limit(limit + 1), values).all(), limit)
    if following is None:
        last = query.with_only_columns(alerts.c.number).offset(_READ_FOR_TEXT - 1).limit(1)
        following = connection.scalar(last, values)
    return rows, following


def _matching(connection: Connection, wanted: Filter) -> Select[Any]:
    """Return the query of a filter without its text; its parameters are those of the lookup."""
    if lookup.has_index(wanted):
        return lookup.rows(ROWS, wanted, dialect=connection.dialect.name)
    return _among_all(wanted)


def _among_all(wanted: Filter) -> Select[Any]:
    """Return the same where few alerts are left, or no more than a bound is asked for."""
    query, number = ROWS, alerts.c.number
    if wanted.digest is not None:
        query = query.join(digests, digests.c.alert == alerts.c.number)
        query, number = query.where(digests.c.digest == wanted.digest), digests.c.alert
    found = query.where(*_equal(wanted), *lookup.bounds(number)).order_by(number.desc())
    return found.limit(bindparam("most", type_=Integer))


def _equal(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    of_incident = select(incidents.c.number).where(incidents.c.id == wanted.incident_id)
    of_kind = exists().where(kinds.c.alert == alerts.c.number, kinds.c.kind == wanted.kind)
    for value, condition in (
        (wanted.kind, of_kind),
        (wanted.severity, alerts.c.severity == wanted.severity),
        (wanted.state, alerts.c.state == wanted.state),
        (wanted.caller, alerts.c.caller == wanted.caller),
        (wanted.task, alerts.c.task == wanted.task),
        (wanted.incident_id, alerts.c.incident == of_incident.scalar_subquery()),
    ):
        if value is not None:
            yield condition


def _is_named(text: str) -> ColumnElement[bool]:
    return or_(*(column == text for column in _IDS))


def _contains(rows: Subquery, text: str) -> ColumnElement[bool]:
    columns = (func.lower(rows.c[name]) for name in _TEXTS)
    return or_(*(column.contains(text.lower(), autoescape=True) for column in columns))
