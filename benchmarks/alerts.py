"""Measures how reading alerts grows and what alerts cost; writes docs/benchmarks/alerts.md."""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg

from alerting.records.database import open_database
from alerting.records.migrations import bring_up_to_date
from alerting.records.record import Filter, Severity, State
from alerting.records.severity import DEFAULT, parse_rules
from alerting.records.store import RecordStore
from benchmarks import alert_flood, alert_load
from benchmarks.many_alerts import DAYS, FEW, fill
from benchmarks.timing import in_turn
from tests.postgresql_process import postgresql

ROOT = Path(__file__).parents[1]
GOAL = 3.0
ROUNDS = 15
_PAGE = 50
_PAGE_OF_TIME = """\
# Alerts: reading few and many, and what they cost

`make bench-alerts` measures this and writes this page: {few:,} alerts of {days} days, and each of
them {copies:,} times, in SQLite and in PostgreSQL; a page has {page} alerts, or of the few as many
as there are. Some callers, kinds, tasks, severities and states never meet. A figure is the median
of {rounds} rounds in turn; over many it may be at most {goal:g} times that over few. Measured on
{cores} cores with Python {python}; the load of the machine was {load:.1f} when the run ended.

| what is asked | {titles} |
|---|{rule}
{rows}

## What alerts cost

`POST /run` with {users} users, two gunicorn processes, two workers of jobs and one of alerts;
payloads of 100 bytes with an e-mail address and a telephone number in each beside payloads with
nothing to find, in answers a second, in turn. `ALERT_RECORDING` and `ALERT_REPORTS` are the
settings; `behind` is how long after a load the last alert was recorded.

| recording | reports | database | without | with | ratio | goal | recorded | behind |
|---|---|---|---|---|---|---|---|---|
{costs}

## A flood

Alerts of one incident, in SQLite and without reports, accepted by {threads} threads of a process as
a gateway does it, but for HTTP. Then a worker begins, and has handled them when nothing is left to
do; it may tell by mail from the first alert on, and again after an hour. Its memory is the most
that it and the process of its jobs had resident. The goal is that all alerts are recorded, as one
incident, and one mail tells how many they are.

| recording | alerts | accepted in | handled in | memory | recorded | incidents | mails | goal |
|---|---|---|---|---|---|---|---|---|
{floods}
"""
Question = Callable[[RecordStore], object]


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--flood", type=int, default=alert_flood.COUNT)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks" / "alerts.md")
    arguments = parser.parse_args()
    # The others delete many files, which would make those of this one slow: see there.
    costs = alert_load.measure(rounds=arguments.rounds, seconds=arguments.seconds)
    taken = {}
    for name in ("SQLite", "PostgreSQL"):
        print(f"reading alerts in {name}", file=sys.stderr)
        taken[name] = measure(name, copies=arguments.copies)
    print("floods", file=sys.stderr)
    floods = alert_flood.measure(arguments.flood)
    text = page(taken, costs, floods, copies=arguments.copies)
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def questions() -> Mapping[str, Question]:
    """Return what is measured, by what a person would call it."""
    now = datetime.now(UTC)
    month, day = timedelta(days=DAYS), timedelta(days=1)
    filters = {
        "list: newest": Filter(),
        "filter: kind": Filter(kind="phone"),
        "filter: kind that never occurs": Filter(kind="none"),
        "filter: state of no alert": Filter(state=State.ACKNOWLEDGED),
        "filter: severity": Filter(severity=Severity.LOW),
        "filter: caller": Filter(caller="caller-3"),
        "filter: task": Filter(task="echo"),
        "filter: severity and state": Filter(severity=Severity.LOW, state=State.OPEN),
        "filter: caller and kind": Filter(caller="caller-3", kind="iban"),
        "filter: caller and kind that never meet": Filter(caller="caller-7", kind="iban"),
        "filter: caller and state that never meet": Filter(caller="caller-0", state=State.OPEN),
        "filter: caller and task": Filter(caller="caller-3", task="mask"),
        "filter: caller and task that never meet": Filter(caller="caller-7", task="echo"),
        "filter: kind and task": Filter(kind="iban", task="mask"),
        "filter: kind and state that never meet": Filter(kind="iban", state=State.OPEN),
        "filter: severity and caller": Filter(severity=Severity.HIGH, caller="caller-3"),
        "filter: severity and task that never meet": Filter(severity=Severity.HIGH, task="redact"),
        "filter: one day, three weeks ago": Filter(since=now - 21 * day, until=now - 20 * day),
        "filter: state, three weeks ago": Filter(
            state=State.RESOLVED, since=now - 21 * day, until=now - 19 * day
        ),
        "filter: text": Filter(text="test user"),
        "filter: text that never occurs": Filter(text="nowhere"),
        "filter: id of a job": Filter(text="job-500"),
        "filter: value": Filter(digest="key:500"),
    }
    asked: dict[str, Question] = {
        name: partial(_first_page, wanted) for name, wanted in filters.items()
    }
    asked["list: incidents"] = lambda store: store.incidents(limit=_PAGE)
    asked["statistics: a day"] = lambda store: store.stats(since=now - day, until=now)
    asked["statistics: a month"] = lambda store: store.stats(since=now - month, until=now)
    return asked


def _first_page(wanted: Filter, store: RecordStore) -> object:
    return store.page(wanted, limit=_PAGE)


def _seconds(ask: Question, store: RecordStore) -> float:
    begin = time.perf_counter()
    ask(store)
    return time.perf_counter() - begin


def measure(name: str, *, copies: int) -> dict[str, tuple[float, float]]:
    """Return the milliseconds of each question over few and over many alerts in a database."""
    with _databases(name) as urls:
        few, many = (
            _filled(url, copies=count) for url, count in zip(urls, (1, copies), strict=True)
        )
        taken = {}
        for what, ask in questions().items():
            runs = {"few": partial(_seconds, ask, few), "many": partial(_seconds, ask, many)}
            seconds = in_turn(runs, rounds=ROUNDS, limit_s=float("inf"))
            medians = [1000 * statistics.median(seconds[size]) for size in ("few", "many")]
            taken[what] = (medians[0], medians[1])
        few.database.close()
        many.database.close()
    return taken


def page(
    taken: Mapping[str, Mapping[str, tuple[float, float]]],
    costs: Sequence[alert_load.Cost],
    floods: Sequence[alert_flood.Flood],
    *,
    copies: int,
) -> str:
    """Return the page of the results."""
    titles = [f"{name}, {count:,}" for name in taken for count in (FEW, FEW * copies)]
    rows = []
    for what in questions():
        cells = []
        for of_database in taken.values():
            few, many = of_database[what]
            verdict = "" if many / few <= GOAL else ", missed"
            cells += [f"{few:.1f} ms", f"{many:.1f} ms ({many / few:.1f}×{verdict})"]
        rows.append(f"| {what} | {' | '.join(cells)} |")
    return _PAGE_OF_TIME.format(
        few=FEW,
        goal=GOAL,
        days=DAYS,
        copies=copies,
        page=_PAGE,
        rounds=ROUNDS,
        cores=os.cpu_count(),
        python=platform.python_version(),
        load=os.getloadavg()[0],
        titles=" | ".join(titles),
        rule="---|" * len(titles),
        rows="\n".join(rows),
        users=alert_load.USERS,
        costs="\n".join(cost.row for cost in costs),
        threads=alert_flood.THREADS,
        floods="\n".join(flood.row for flood in floods),
    )


def _filled(url: str, *, copies: int) -> RecordStore:
    database = open_database(url, make_tables=bring_up_to_date)
    bring_up_to_date(database)
    store = RecordStore(database, rules=parse_rules(DEFAULT))
    fill(store, copies=copies)
    return store


@contextmanager
def _databases(name: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses of two empty databases."""
    if name == "SQLite":
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/few.db", f"sqlite:///{folder}/many.db"
        return
    with postgresql() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE few")
            connection.execute("CREATE DATABASE many")
        server = url.rpartition("/")[0]
        yield f"{server}/few", f"{server}/many"


if __name__ == "__main__":
    main()
