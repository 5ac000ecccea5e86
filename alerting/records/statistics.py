"""Statistics of the alerts of some time. Knows the counts, not the alerts themselves."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from alerting.records.counts import EVER, Dimension
from alerting.records.record import Ranking, Severity, State, Stats
from alerting.records.tables import counts

_TOP = 10
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# A chart of hours is readable up to this.
_HOURS_UP_TO = timedelta(days=3)


def stats(connection: Connection, *, since: datetime, until: datetime) -> Stats:
    """Return the counts of the hours that begin in a span of time, and of all states now."""
    of_span = (counts.c.hour >= _hour(since)) & (counts.c.hour < until) & (counts.c.hour > EVER)
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    summed = func.sum(counts.c.count).label("total")
    query = select(counts.c.dimension, counts.c.value, summed).where(of_span)
    for row in connection.execute(query.group_by(counts.c.dimension, counts.c.value)):
        totals[row.dimension][row.value] = int(row.total)
    bucket = _HOUR if until - since <= _HOURS_UP_TO else _DAY
    return Stats(
        total=totals[Dimension.ALL].total(),
        states=_states(connection),
        severities={one: totals[Dimension.SEVERITY][one.word] for one in Severity},
        kinds=_ranking(totals[Dimension.KIND]),
        callers=_ranking(totals[Dimension.CALLER]),
        tasks=_ranking(totals[Dimension.TASK]),
        pointers=_ranking(totals[Dimension.POINTER]),
        over_time=_over_time(connection, since=since, until=until, bucket=bucket),
        bucket=bucket,
    )


def _states(connection: Connection) -> dict[State, int]:
    query = select(counts.c.value, counts.c.count).where(
        counts.c.dimension == Dimension.STATE, counts.c.hour == EVER
    )
    now = {row.value: row[1] for row in connection.execute(query)}
    return {state: now.get(state, 0) for state in State}


def _over_time(
    connection: Connection, *, since: datetime, until: datetime, bucket: timedelta
) -> tuple[tuple[datetime, str, int], ...]:
    query = select(counts.c.hour, counts.c.value, counts.c.count).where(
        counts.c.dimension == Dimension.KIND, counts.c.hour >= _hour(since), counts.c.hour < until
    )
    found: Counter[tuple[datetime, str]] = Counter()
    for hour, kind, count in connection.execute(query):
        found[_bucket(hour, bucket), kind] += count
    return tuple((start, kind, count) for (start, kind), count in sorted(found.items()))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _bucket(hour: datetime, bucket: timedelta) -> datetime:
    return hour.replace(hour=0) if bucket == _DAY else hour


def _ranking(total: Counter[str]) -> Ranking:
    # By name where the counts are alike, so that a page does not jump about.
    return tuple(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:_TOP])
