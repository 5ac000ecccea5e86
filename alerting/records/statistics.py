"""Statistics of the alerts of some time. Knows the counts, not the alerts themselves."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select

from alerting.records.counts import Dimension, Span
from alerting.records.record import Ranking, Severity, State, Stats
from alerting.records.tables import counts

_TOP = 10
_LENGTHS = {Span.HOUR: timedelta(hours=1), Span.DAY: timedelta(days=1)}
# A chart of hours is readable up to this.
_HOURS_UP_TO = timedelta(days=3)


def stats(connection: Connection, *, since: datetime, until: datetime) -> Stats:
    """Return the counts of the hours, or days, that lie in a span of time, and all states now."""
    span = Span.HOUR if until - since <= _HOURS_UP_TO else Span.DAY
    within = and_(
        counts.c.span == span, counts.c.start >= span.start(since), counts.c.start < until
    )
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    summed = func.sum(counts.c.count).label("total")
    query = select(counts.c.dimension, counts.c.value, summed).where(within)
    for row in connection.execute(query.group_by(counts.c.dimension, counts.c.value)):
        totals[row.dimension][row.value] = int(row.total)
    return Stats(
        total=totals[Dimension.ALL].total(),
        states=_states(connection),
        severities={one: totals[Dimension.SEVERITY][one.word] for one in Severity},
        kinds=_ranking(totals[Dimension.KIND]),
        callers=_ranking(totals[Dimension.CALLER]),
        tasks=_ranking(totals[Dimension.TASK]),
        pointers=_ranking(totals[Dimension.POINTER]),
        over_time=_over_time(connection, within),
        bucket=_LENGTHS[span],
    )


def _states(connection: Connection) -> dict[State, int]:
    query = select(counts.c.value, counts.c.count).where(
        counts.c.dimension == Dimension.STATE, counts.c.span == Span.NOW
    )
    now = {row.value: row[1] for row in connection.execute(query)}
    return {state: now.get(state, 0) for state in State}


def _over_time(
    connection: Connection, within: ColumnElement[bool]
) -> tuple[tuple[datetime, str, int], ...]:
    query = (
        select(counts.c.start, counts.c.value, counts.c.count)
        .where(counts.c.dimension == Dimension.KIND, within)
        .order_by(counts.c.start, counts.c.value)
    )
    return tuple((start, kind, count) for start, kind, count in connection.execute(query))


def _ranking(total: Counter[str]) -> Ranking:
    # By name where the counts are alike, so that a page does not jump about.
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:_TOP])
