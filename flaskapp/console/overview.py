"""The first page: alerts over time, and how the queues are doing. Its parts stay current."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request

from alerting.records.record import Severity, Stats
from flaskapp.console.chart import Chart, chart_of
from flaskapp.console.pages import page
from flaskapp.services import services
from tasks.errors import QueueUnavailable
from tasks.queue_state import Overview
from tasks.queues import served_queues

SPANS = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}
_DEFAULT = "24h"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says; ``queues`` are None when nobody knows about them."""

    span: str
    spans: tuple[str, ...]
    stats: Stats
    chart: Chart
    queues: Overview | None

    @property
    def grave(self) -> int:
        """How many alerts are high or critical."""
        return sum(n for severity, n in self.stats.severities.items() if severity >= Severity.HIGH)


def add(bp: Blueprint) -> None:
    """Add the page, and its parts alone for the script that renews them."""
    bp.add_url_rule("/", "overview", overview)
    bp.add_url_rule("/live", "live", live)


def overview() -> Response:
    """Return the page."""
    return page("overview.html", shown=_shown())


def live() -> Response:
    """Return the parts of the page that change."""
    return page("live.html", shown=_shown())


def _shown() -> Shown:
    span = request.args.get("span", "")
    span = span if span in SPANS else _DEFAULT
    until = datetime.now(UTC)
    since = until - SPANS[span]
    stats = services().records.stats(since=since, until=until)
    return Shown(
        span=span,
        spans=tuple(SPANS),
        stats=stats,
        chart=chart_of(stats, since=since, until=until),
        queues=_queues(),
    )


def _queues() -> Overview | None:
    """Return how the queues are doing, or None when nobody knows."""
    gate = services()
    try:
        return gate.overview.look(served_queues(gate.settings, gate.tasks))
    except QueueUnavailable:
        return None
