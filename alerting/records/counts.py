"""Counts of alerts by hour and day: statistics take no longer over a million alerts than over few.

What is counted: alerts that have an incident. Knows the tables; knows nothing of what the counts
are asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias

import orjson
from sqlalchemy import Connection, delete

from alerting.records.dialect import insert_for
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
        if self is Span.NOW:
            return NOW
        hour = moment.hour if self is Span.HOUR else 0
        return moment.replace(hour=hour, minute=0, second=0, microsecond=0)


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


class Found(NamedTuple):
    """What was found where in an alert, each once, in order of first appearance."""

    kinds: tuple[str, ...]
    pointers: tuple[str, ...]


@lru_cache(maxsize=32)
def found(findings: str) -> Found:
    """Return what the stored findings of an alert say; many alerts of a flood agree."""
    listed = orjson.loads(findings)
    return Found(
        kinds=tuple(dict.fromkeys(one[0] for one in listed)),
        pointers=tuple(dict.fromkeys(generic(one[1]) for one in listed)),
    )


class _Counted(NamedTuple):
    """What an alert is counted by; many alerts of a flood have all of it in common."""

    hour: datetime
    caller: str
    task: str
    severity: int
    state: str
    kinds: tuple[str, ...]
    pointers: tuple[str, ...]

    @classmethod
    def of(cls, row: Any) -> "_Counted":
        """Return it for the row of an alert."""
        kinds, pointers = found(row.findings)
        return cls(
            hour=Span.HOUR.start(row.recorded_at),
            caller=row.caller,
            task=row.task,
            severity=row.severity,
            state=row.state,
            kinds=kinds,
            pointers=pointers[:_MAX_POINTERS],
        )


def add_alerts(connection: Connection, rows: Iterable[Any], *, sign: int = 1) -> None:
    """Count the rows of alerts, or with a negative sign count them no more."""
    total: _Counts = Counter()
    for alike, count in Counter(map(_Counted.of, rows)).items():
        starts = [(span, span.start(alike.hour)) for span in (Span.HOUR, Span.DAY)]
        for dimension, value in _values(alike):
            for span, start in starts:
                total[span, dimension, start, _countable(value)] += sign * count
        total[Span.NOW, Dimension.STATE, NOW, alike.state] += sign * count
    _add(connection, total)


def move(connection: Connection, states: Counter[str], *, to: State) -> None:
    """Count alerts in another state than before; ``states`` says how many were in which."""
    total: _Counts = Counter()
    for state, count in states.items():
        total[Span.NOW, Dimension.STATE, NOW, state] -= count
    total[Span.NOW, Dimension.STATE, NOW, to.value] += states.total()
    _add(connection, total)


def _values(alike: _Counted) -> Iterable[tuple[Dimension, str]]:
    yield Dimension.ALL, ""
    yield Dimension.CALLER, alike.caller
    yield Dimension.TASK, alike.task
    yield Dimension.SEVERITY, Severity(alike.severity).word
    for kind in alike.kinds:
        yield Dimension.KIND, kind
    for pointer in alike.pointers:
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
    connection.execute(_more(connection.dialect.name), rows)
    if any(row["count"] < 0 for row in rows):
        connection.execute(delete(counts).where(counts.c.count == 0))


@cache
def _more(dialect: str) -> Any:
    """Return what adds to counts; to make it takes as long as to count a hundred alerts."""
    into = insert_for(dialect, counts)
    return into.on_conflict_do_update(
        index_elements=list(counts.primary_key),
        set_={"count": counts.c.count + into.excluded.count},
    )
