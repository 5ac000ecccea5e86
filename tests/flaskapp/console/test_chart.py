"""The chart of alerts over time."""

from datetime import UTC, datetime, timedelta

import pytest

from alerting.records.record import Stats
from flaskapp.console.chart import MOST_SERIES, Chart, chart_of

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def chart(*over_time: tuple[datetime, str, int], bucket: timedelta = HOUR, hours: int = 4) -> Chart:
    """Return the chart of some counts in the hours from noon on."""
    kinds: dict[str, int] = {}
    for _, kind, count in over_time:
        kinds[kind] = kinds.get(kind, 0) + count
    ranking = tuple(sorted(kinds.items(), key=lambda item: -item[1]))
    stats = Stats(
        total=0,
        states={},
        severities={},
        kinds=ranking,
        callers=(),
        tasks=(),
        pointers=(),
        over_time=over_time,
        bucket=bucket,
    )
    return chart_of(stats, since=NOON + timedelta(minutes=20), until=NOON + hours * HOUR)


def test_every_bucket_has_its_column() -> None:
    """Hours without alerts are shown as such."""
    shown = chart((NOON + HOUR, "email", 3), (NOON + HOUR, "phone", 1))

    assert [column.total for column in shown.columns] == [0, 4, 0, 0]
    assert [column.start.hour for column in shown.columns] == [12, 13, 14, 15]
    assert shown.series == ("email", "phone")


def test_bars_stand_on_each_other() -> None:
    """The bars of a column begin at the axis, do not overlap, and are as high as they count."""
    shown = chart((NOON, "email", 3), (NOON, "phone", 1))
    email, phone = shown.columns[0].bars

    assert email.y + email.height == pytest.approx(100)
    assert phone.y + phone.height == pytest.approx(email.y)
    assert email.height == pytest.approx(3 * phone.height)
    assert email.x + email.width <= 25


@pytest.mark.parametrize(
    ("most", "top"), [(1, 4), (4, 4), (5, 8), (9, 20), (41, 80), (100, 200), (99_999, 200_000)]
)
def test_axis_has_round_numbers(most: int, top: int) -> None:
    """The axis ends at or above the highest column, at four round steps."""
    assert chart((NOON, "email", most)).ticks == tuple(
        (top * nth // 4, 100 - 25 * nth) for nth in range(5)
    )


def test_rare_kinds_are_counted_together() -> None:
    """More kinds than colours leave one for all others, and none of their alerts is lost."""
    shown = chart(*((NOON, f"kind{n}", 9 - n) for n in range(8)))

    assert shown.series == (*(f"kind{n}" for n in range(MOST_SERIES)), None)
    assert shown.columns[0].counts == (9, 8, 7, 6, 5, 4 + 3 + 2)


def test_days_begin_at_midnight() -> None:
    """A longer span has a column for each day that it touches."""
    shown = chart((NOON.replace(hour=0), "email", 1), bucket=timedelta(days=1), hours=48)

    assert [column.start.day for column in shown.columns] == [9, 10, 11]
    assert shown.columns[0].total == 1
