"""A chart of counts over time as columns, in shares of its area. Knows no words and no HTML."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerting.records.record import Stats

MOST_SERIES = 5
"""So many kinds have a colour of their own; the others share one."""
_TICKS = 4
_GAP = 0.25
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A rectangle of one series; the numbers are percent of the area, from its top left."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What came in one bucket of time: a count for each series, and the bars that show them."""

    start: datetime
    middle: float
    counts: tuple[int, ...]
    bars: tuple[Bar, ...]

    @property
    def total(self) -> int:
        """The count of all series."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns, the names of their series, and the ticks of the vertical axis with their height.

    The last of the series is ``None`` where further kinds are counted together.
    """

    columns: tuple[Column, ...]
    series: tuple[str | None, ...]
    ticks: tuple[tuple[int, float], ...]


def chart_of(stats: Stats, *, since: datetime, until: datetime) -> Chart:
    """Return the chart of what was counted in a span of time, empty buckets too."""
    kinds = [kind for kind, _ in stats.kinds]
    series = _series(kinds)
    counts = _counts(stats.over_time, series)
    starts = list(_starts(since, until, stats.bucket))
    tallest = max((counts[start].total() for start in starts), default=0)
    step = _step(tallest)
    top = step * _TICKS
    width = 100 / max(1, len(starts))
    return Chart(
        columns=tuple(
            _column(
                start, [counts[start][number] for number in range(len(series))], nth, width, top
            )
            for nth, start in enumerate(starts)
        ),
        series=series,
        ticks=tuple((step * nth, 100 - 100 * nth / _TICKS) for nth in range(_TICKS + 1)),
    )


def _series(kinds: Sequence[str]) -> tuple[str | None, ...]:
    if len(kinds) <= MOST_SERIES + 1:
        return tuple(kinds)
    return (*kinds[:MOST_SERIES], None)


def _counts(
    over_time: Sequence[tuple[datetime, str, int]], series: Sequence[str | None]
) -> defaultdict[datetime, Counter[int]]:
    number_of = {kind: number for number, kind in enumerate(series) if kind is not None}
    counts: defaultdict[datetime, Counter[int]] = defaultdict(Counter)
    for start, kind, count in over_time:
        counts[start][number_of.get(kind, len(series) - 1)] += count
    return counts


def _starts(since: datetime, until: datetime, bucket: timedelta) -> Iterator[datetime]:
    start = since.replace(minute=0, second=0, microsecond=0)
    if bucket == _DAY:
        start = start.replace(hour=0)
    while start < until:
        yield start
        start += bucket


def _column(start: datetime, counts: Sequence[int], nth: int, width: float, top: int) -> Column:
    bars = []
    y = 100.0
    for series, count in enumerate(counts):
        height = 100 * count / top
        y -= height
        if count:
            bars.append(
                Bar(
                    series=series,
                    x=round(width * (nth + _GAP / 2), 3),
                    y=round(y, 3),
                    width=round(width * (1 - _GAP), 3),
                    height=round(height, 3),
                )
            )
    middle = round(width * (nth + 0.5), 3)
    return Column(start=start, middle=middle, counts=tuple(counts), bars=tuple(bars))


def _step(tallest: int) -> int:
    """Return the distance of ticks: the least of 1, 2, 5, 10, 20, … that is enough."""
    zeros = max(0, len(str(tallest)) - 2)
    steps = (digit * int(10**more) for more in (zeros, zeros + 1) for digit in (1, 2, 5))
    return next(step for step in steps if step * _TICKS >= tallest)
