"""Counts of alerts by hour and day: statistics take no longer over a million alerts than over few.

What is counted: alerts that have an incident. Knows the tables; knows nothing of what the counts
are asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, delete

from alerting.records.dialect import insert_into
from alerting.records.record import Severity, State
from alerting.records.tables import counts

NOW = datetime(1970, 1, 1, tzinfo=UTC)
"""The start of counts that are of now and of no span of time."""

# An alert may hold thousands of findings, and counts of all their pointers say no more than some.
_MAX_POINTERS = 20
# PostgreSQL indexes no longer ones.
_MAX_CHARACTERS = 300
_NUMBER = re.compile(r"(?<=/)\d+(?=/|$)")


class Span(StrEnum):
    """What time a count is of."""

    HOUR = "hour"
    DAY = "day"
    NOW = "now"

    def start(self, moment: datetime) -> datetime:
        """Return when the span begins that holds a moment."""
        hour = moment.replace(minute=0, second=0, microsecond=0)
        return {Span.HOUR: hour, Span.DAY: hour.replace(hour=0), Span.NOW: NOW}[self]


class Dimension(StrEnum):
    """What alerts are counted by."""

    KIND = "kind"
    CALLER = "caller"
    TASK = "task"
    POINTER = "pointer"
    SEVERITY = "severity"
    STATE = "state"
    ALL = "all"


_Counts: TypeAlias = Counter[tuple[Span, Dimension, datetime, str]]


def generic(pointer: str) -> str:
    """Return a pointer with ``*`` for the numbers of items, as they differ between payloads."""
    return _NUMBER.sub("*", pointer)


def add_alerts(connection: Connection, rows: Iterable[Any], *, sign: int = 1) -> None:
    """Count the rows of alerts, or with a negative sign count them no more."""
    total: _Counts = Counter()
    for row in rows:
        starts = [(span, span.start(row.recorded_at)) for span in (Span.HOUR, Span.DAY)]
        for dimension, value in _values(row):
            for span, start in starts:
                total[span, dimension, start, _countable(value)] += sign
        total[Span.NOW, Dimension.STATE, NOW, row.state] += sign
    _add(connection, total)


def move(connection: Connection, states: Counter[str], *, to: State) -> None:
    """Count alerts in another state than before; ``states`` says how many were in which."""
    total: _Counts = Counter()
    for state, count in states.items():
        total[Span.NOW, Dimension.STATE, NOW, state] -= count
    total[Span.NOW, Dimension.STATE, NOW, to.value] += states.total()
    _add(connection, total)


def _values(row: Any) -> Iterable[tuple[Dimension, str]]:
    found = orjson.loads(row.findings)
    yield Dimension.ALL, ""
    yield Dimension.CALLER, row.caller
    yield Dimension.TASK, row.task
    yield Dimension.SEVERITY, Severity(row.severity).word
    for kind in {one[0] for one in found}:
        yield Dimension.KIND, kind
    for pointer in list(dict.fromkeys(generic(one[1]) for one in found))[:_MAX_POINTERS]:
        yield Dimension.POINTER, pointer


def _countable(value: str) -> str:
    """Return what PostgreSQL takes of a text: no zero, no half of a pair."""
    whole = value[:_MAX_CHARACTERS].replace("\0", "\ufffd")
    return whole.encode("utf-8", "replace").decode()


def _add(connection: Connection, total: _Counts) -> None:
    rows: list[dict[str, Any]] = [
        {"span": span, "dimension": dimension, "start": start, "value": value, "count": count}
        # In one order always, so that two who write at once never wait for each other in a ring.
        for (span, dimension, start, value), count in sorted(total.items())
        if count
    ]
    if not rows:
        return
    into = insert_into(connection, counts)
    more = into.on_conflict_do_update(
        index_elements=list(counts.primary_key),
        set_={"count": counts.c.count + into.excluded.count},
    )
    connection.execute(more, rows)
    if any(row["count"] < 0 for row in rows):
        connection.execute(delete(counts).where(counts.c.count == 0))
