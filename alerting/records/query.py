"""Which rows a filter takes. Knows the tables and no database."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, func, or_, select

from alerting.records.record import Filter
from alerting.records.tables import alerts, digests, incidents, kinds

_TEXTS = (
    alerts.c.id,
    alerts.c.job_id,
    alerts.c.request_id,
    alerts.c.caller,
    alerts.c.task,
    alerts.c.excerpt,
)


def matching(query: Select[Any], wanted: Filter) -> Select[Any]:
    """Return a query over the alerts with only those that a filter takes."""
    return query.where(*_equal(wanted), *_within(wanted))


def _equal(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    of_incident = select(incidents.c.number).where(incidents.c.id == wanted.incident_id)
    for value, condition in (
        (wanted.severity, alerts.c.severity == wanted.severity),
        (wanted.state, alerts.c.state == wanted.state),
        (wanted.caller, alerts.c.caller == wanted.caller),
        (wanted.task, alerts.c.task == wanted.task),
        (wanted.incident_id, alerts.c.incident == of_incident.scalar_subquery()),
        (wanted.kind, _has(kinds.c.alert, kinds.c.kind == wanted.kind)),
        (wanted.digest, _has(digests.c.alert, digests.c.digest == wanted.digest)),
    ):
        if value is not None:
            yield condition


def _within(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield alerts.c.recorded_at >= wanted.since
    if wanted.until is not None:
        yield alerts.c.recorded_at < wanted.until
    if wanted.text is not None:
        text = wanted.text.lower()
        yield or_(*(func.lower(one).contains(text, autoescape=True) for one in _TEXTS))


def _has(alert: Column[int], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(alert).where(condition & (alert == alerts.c.number)).exists()
