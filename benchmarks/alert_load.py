"""Measures what alerts cost a gateway under load: contacts in every payload beside none."""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from alerting.finding import JsonValue
from alerting.records.database import Database, open_database
from alerting.records.migrations import bring_up_to_date
from alerting.records.tables import alerts
from benchmarks.processes import wait_until
from benchmarks.throughput.gateways import OUR_WORKER, ours
from benchmarks.throughput.load import Load
from benchmarks.throughput.running import running, working
from tests.postgresql_process import postgresql_in

GOAL = 0.8
USERS = 50
_RECORDED_WITHIN_S = 180
_ALERTS_WORKER = (*OUR_WORKER[:-1], "alerts")
# As long as the payload that has nothing to find in it.
CONTACTS: JsonValue = {
    "order": 48213,
    "note": "Please pack it well.",
    "email": "test@example.com",
    "phone": "+380961234567",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Loads of one way of recording in one database, and how many alerts were recorded of them."""

    recording: str
    reports: str
    database: str
    with_contacts: Sequence[Load]
    without: Sequence[Load]
    recorded: int
    behind_s: float
    """How long after a load its last alert was recorded, at the most."""

    @property
    def ratio(self) -> float:
        """How much of the throughput is left with contacts in every payload."""
        return _rate(self.with_contacts) / _rate(self.without)

    @property
    def accepted(self) -> int:
        """How many payloads with contacts were answered."""
        return sum(load.answers for load in self.with_contacts)

    @property
    def row(self) -> str:
        """The row of the page."""
        is_sound = self.recorded >= self.accepted and not any(
            load.errors for load in (*self.with_contacts, *self.without)
        )
        verdict = "reached" if self.ratio >= GOAL and is_sound else "missed"
        return (
            f"| `{self.recording}` | `{self.reports}` | {self.database} "
            f"| {_rate(self.without):.0f} | {_rate(self.with_contacts):.0f} "
            f"| {self.ratio:.2f}× | ≥ {GOAL:g}× ({verdict}) "
            f"| {self.recorded:,} of {self.accepted:,} | {self.behind_s:.1f} s |"
        )


def measure(*, rounds: int, seconds: int) -> list[Cost]:
    """Return the costs of both ways of recording in both databases, with reports and without.

    What each leaves is deleted after the last: for minutes after many files are deleted, ext4
    takes several times as long to make another.
    """
    costs = []
    with ExitStack() as kept:

        def folder() -> Path:
            return Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))

        ways = itertools.product(("SQLite", "PostgreSQL"), ("direct", "queued"), ("on", "off"))
        for database, recording, reports in ways:
            home = folder() / "home"
            with _url(database, folder()) as url:
                settings = {
                    "ALERT_RECORDING": recording,
                    "ALERT_REPORTS": reports,
                    "DATABASE_URL": url,
                }
                cost = _cost(home, settings, database=database, rounds=rounds, seconds=seconds)
                print(cost.row, file=sys.stderr)
                costs.append(cost)
    return costs


def _cost(
    home: Path, settings: Mapping[str, str], *, database: str, rounds: int, seconds: int
) -> Cost:
    opened = open_database(settings["DATABASE_URL"], make_tables=bring_up_to_date)
    bring_up_to_date(opened)
    opened.close()
    with (
        running(ours(), home, settings=settings) as gateway,
        working(gateway, home, worker=_ALERTS_WORKER),
    ):
        gateway.load(users=USERS, seconds=seconds)  # Warms it up.
        loads: list[tuple[Load, Load]] = []
        behind_s = []
        for _ in range(rounds):
            with_contacts = gateway.load(users=USERS, seconds=seconds, payload=CONTACTS)
            accepted = sum(one.answers for one, _ in loads) + with_contacts.answers
            behind_s.append(_all_recorded_after_s(opened, accepted))
            loads.append((with_contacts, gateway.load(users=USERS, seconds=seconds)))
        return Cost(
            recording=settings["ALERT_RECORDING"],
            reports=settings["ALERT_REPORTS"],
            database=database,
            with_contacts=[one for one, _ in loads],
            without=[one for _, one in loads],
            recorded=_recorded(opened),
            behind_s=max(behind_s),
        )


def _all_recorded_after_s(database: Database, count: int) -> float:
    """Wait until so many alerts are recorded, and return the seconds that it took."""
    begin = time.perf_counter()
    wait_until(
        lambda: _recorded(database) >= count,
        within_s=_RECORDED_WITHIN_S,
        every_s=0.1,
        what="the last alert",
    )
    return time.perf_counter() - begin


def _recorded(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.scalar(select(func.count()).select_from(alerts)) or 0)


@contextmanager
def _url(database: str, folder: Path) -> Iterator[str]:
    if database == "SQLite":
        yield f"sqlite:///{folder / 'alerts.db'}"
        return
    with postgresql_in(folder) as url:
        yield url


def _rate(loads: Sequence[Load]) -> float:
    return statistics.median(load.rate for load in loads)
