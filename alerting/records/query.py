"""Which rows a filter takes. Knows the tables and no database."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from alerting.records.record import Filter
from alerting.records.tables import alerts, incidents, kinds

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
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        of_kind = and_(kinds.c.kind == wanted.kind, kinds.c.alert == alerts.c.number)
        conditions.append(select(kinds.c.alert).where(of_kind).exists())
    if wanted.severity is not None:
        conditions.append(alerts.c.severity == int(wanted.severity))
    if wanted.state is not None:
        conditions.append(alerts.c.state == wanted.state)
    if wanted.caller is not None:
        conditions.append(alerts.c.caller == wanted.caller)
    if wanted.task is not None:
        conditions.append(alerts.c.task == wanted.task)
    if wanted.incident_id is not None:
        conditions.append(incidents.c.id == wanted.incident_id)
    if wanted.since is not None:
        conditions.append(alerts.c.recorded_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(alerts.c.recorded_at < wanted.until)
    if wanted.text is not None:
        text = wanted.text.lower()
        conditions.append(or_(*(func.lower(one).contains(text, autoescape=True) for one in _TEXTS)))
    return query.where(*conditions)
