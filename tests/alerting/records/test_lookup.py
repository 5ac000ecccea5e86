"""Filters are looked up in indexes, alike on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from sqlalchemy import text

from alerting.finding import Finding
from alerting.records import lookup
from alerting.records.database import Database
from alerting.records.query import ROWS
from alerting.records.record import Action, Filter, Record, Severity, State
from alerting.records.store import RecordStore
from tests.alerting.records.conftest import NOON, record_of

ASKED: dict[str, Any] = {
    "kind": "iban",
    "severity": Severity.HIGH,
    "state": State.RESOLVED,
    "caller": "bank",
    "task": "mask",
}
UNTIL = NOON + timedelta(minutes=40)


def kept(store: RecordStore) -> list[Record]:
    """Keep alerts of each severity, state, caller and task, some of them of two kinds."""
    made = []
    for number in range(48):
        kind, caller = ("iban", "email")[number % 2], ("bank", "shop")[number // 2 % 2]
        record = record_of(number, kind=kind, caller=caller)
        found = record.alert.findings
        if number % 3 == 0:
            found = (*found, Finding("phone", "/phone", 0, 9, 0.9))
        task = ("mask", "echo")[number // 4 % 2]
        alert = replace(record.alert, task=task, findings=found)
        severity = (Severity.HIGH, Severity.LOW)[number // 8 % 2]
        made.append(replace(record, alert=alert, severity=severity))
    store.add(made)
    resolved = [record.alert.id for record in made[:32]]
    store.act_on(dict.fromkeys(resolved), Action.ACKNOWLEDGE, who="ann")
    store.act_on(dict.fromkeys(resolved[:16]), Action.RESOLVE, who="ann")
    return [store.get(record.alert.id) for record in made]


def is_taken(record: Record, wanted: Filter) -> bool:
    """Whether a filter takes a record; says so without any database."""
    alert = record.alert
    pairs = (
        (wanted.severity, record.severity),
        (wanted.state, record.state),
        (wanted.caller, alert.caller),
        (wanted.task, alert.task),
    )
    return (
        (wanted.kind is None or wanted.kind in alert.kinds)
        and all(asked is None or asked == has for asked, has in pairs)
        and (wanted.until is None or alert.recorded_at < wanted.until)
    )


def test_filters_join(store: RecordStore) -> None:
    """Whichever filters come together, pages have what all of them take, each alert once."""
    records = kept(store)
    for chosen in product((False, True), repeat=len(ASKED)):
        names = [name for name, is_asked in zip(ASKED, chosen, strict=True) if is_asked]
        wanted = Filter(until=UNTIL, **{name: ASKED[name] for name in names})
        expected = [one.alert.id for one in reversed(records) if is_taken(one, wanted)]
        found, before = [], None
        while True:
            page = store.page(wanted, before=before, limit=9)
            found += [record.alert.id for record in page.records]
            if page.next is None:
                break
            before = page.next
        assert (found, wanted) == (expected, wanted)


def test_a_text_is_looked_for_among_what_is_filtered(store: RecordStore) -> None:
    """With a text pages have what holds it and is taken by the other filters too."""
    records = kept(store)
    wanted = Filter(kind="phone", state=State.OPEN, text="a***")
    expected = [one.alert.id for one in reversed(records) if is_taken(one, wanted)]
    assert [one.alert.id for one in store.page(wanted, limit=99).records] == expected
    (named,) = store.page(replace(wanted, text="job-33"), limit=9).records
    assert named.alert.job_id == "job-33"
    assert store.page(replace(wanted, text="job-32"), limit=9).records == ()


def test_any_moment_may_be_asked_for(store: RecordStore) -> None:
    """A moment before or after all that numbers can say takes all or nothing."""
    store.add([record_of()])
    for year, caller in product((1, 1969, 2300, 9999), (None, "shop")):
        moment = datetime(year, 1, 1, tzinfo=UTC)
        since = store.page(Filter(since=moment, caller=caller), limit=1).records
        until = store.page(Filter(until=moment, caller=caller), limit=1).records
        assert (len(since), len(until)) == ((1, 0) if year < 2026 else (0, 1))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_two_filters_have_an_index(database: Database) -> None:
    """No row is read that the filter does not take: all that is asked for is in the index."""
    for names in (*combinations(ASKED, 1), *combinations(ASKED, 2)):
        looked_up = {"state", "severity"} | {"kind", "caller", "task"} & {*names}
        steps = lookups(database, names)
        assert steps
        for step in steps:
            assert all(f"{name}=?" in step for name in looked_up), names
            assert "number>? AND number<?" in step or "alert>? AND alert<?" in step, names


def lookups(database: Database, names: tuple[str, ...]) -> list[str]:
    """Return the steps of SQLite's plan that find out which alerts the filters take."""
    wanted = Filter(**{name: ASKED[name] for name in names})
    query = lookup.rows(ROWS, wanted, dialect="sqlite")
    query = query.params(lookup.parameters(wanted, before=None, limit=9))
    literal = query.compile(database.engine, compile_kwargs={"literal_binds": True})
    with database.reading() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {literal}")).all()
    return [row.detail for row in plan if " COVERING INDEX " in row.detail]
