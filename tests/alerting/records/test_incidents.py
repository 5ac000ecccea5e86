"""Alerts that belong together become one incident, and every one of them stays countable."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.errors import AlertChanged, AlertNotFound
from alerting.records.database import Database
from alerting.records.migrations import downgrade, upgrade
from alerting.records.record import (
    Action,
    Filter,
    Incident,
    Outcome,
    Record,
    Severity,
    State,
    Stats,
)
from alerting.records.store import RecordStore
from alerting.records.tellings import Tellings, Wish
from tests.alerting.records.conftest import NOON, record_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def grouped(store: RecordStore, *records: Record) -> list[Incident]:
    """Keep the records and group them."""
    store.add(records)
    return store.group([record.alert.id for record in records], window=HOUR)


def test_like_alerts_are_one_incident(store: RecordStore) -> None:
    """The same caller, kinds and pointers soon after one another make one incident."""
    records = [record_of(number, pointer=f"/people/{number}/email") for number in range(3)]
    (incident,) = grouped(store, *records)
    assert (incident.count, incident.open) == (3, 3)
    assert incident.pointers == ("/people/*/email",)
    assert (incident.first_seen, incident.last_seen) == (NOON, NOON + timedelta(minutes=2))
    assert {one.incident_id for one in store.page(Filter(), limit=5).records} == {incident.id}


def test_unlike_alerts_are_incidents_of_their_own(store: RecordStore) -> None:
    """Another caller, kind or pointer, or a pause longer than the window, begins a new one."""
    records = [
        record_of(0),
        record_of(1, caller="bank"),
        record_of(2, kind="iban"),
        record_of(3, pointer="/other"),
        record_of(61),  # an hour and a minute after the first
    ]
    assert [one.count for one in grouped(store, *records)] == [1] * 5
    page = store.incidents(limit=3)
    assert len(page.incidents) == 3
    assert len(store.incidents(limit=3, before=page.next).incidents) == 2


def test_an_alert_is_counted_once(store: RecordStore) -> None:
    """Grouping the same alerts again changes nothing."""
    first = grouped(store, record_of(0), record_of(1))
    assert grouped(store, record_of(0), record_of(1)) == []
    assert store.incident(first[0].id) == first[0]


def test_an_incident_grows(store: RecordStore) -> None:
    """Later alerts join the incident, from several threads at once too."""
    (incident,) = grouped(store, record_of(0))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: grouped(store, record_of(number)), range(1, 20)))
    assert store.incident(incident.id).count == 20


def test_many_alerts_make_an_incident_more_severe(store: RecordStore) -> None:
    """By default a hundred alerts of little weight weigh much."""
    (incident,) = grouped(store, *(record_of(number) for number in range(99)))
    assert incident.severity is Severity.LOW
    (incident,) = grouped(store, record_of(99))
    assert incident.severity is Severity.HIGH


def test_finds_what_nobody_has_grouped(store: RecordStore) -> None:
    """Alerts without an incident can be found once they are old enough."""
    grouped(store, record_of(0))
    store.add([record_of(1), record_of(2)])
    assert store.ungrouped(before=NOON + timedelta(minutes=2), limit=5) == [record_of(1).alert.id]


def test_an_action_on_an_incident_is_one_on_its_alerts(store: RecordStore) -> None:
    """Every alert that the action leads on from is moved on and has it in its history."""
    (incident,) = grouped(store, *(record_of(number) for number in range(3)))
    store.act(record_of(0).alert.id, Action.RESOLVE, who="ann")
    assert store.act_on_incident(incident.id, Action.ACKNOWLEDGE, who="bob", text="all") == 2
    assert store.incident(incident.id).open == 0
    assert [one.text for one in store.history(record_of(2).alert.id)] == ["all"]
    assert store.get(record_of(0).alert.id).state is State.RESOLVED


def test_an_action_on_many_takes_those_it_can(store: RecordStore) -> None:
    """A bulk action counts the alerts it moved on and leaves the others."""
    grouped(store, record_of(0), record_of(1))
    ids = [record_of(0).alert.id, record_of(1).alert.id, "0" * 31 + "f"]
    anyhow = dict.fromkeys(ids)
    assert store.act_on(anyhow, Action.RESOLVE, who="ann") == Outcome(done=2, changed=0)
    assert store.act_on(anyhow, Action.RESOLVE, who="ann") == Outcome(done=0, changed=0)
    assert store.act_on({ids[0]: 2}, Action.REOPEN, who="ann") == Outcome(done=1, changed=0)
    assert store.act_on({}, Action.REOPEN, who="ann") == Outcome(done=0, changed=0)
    assert store.stats(since=NOON, until=NOON + HOUR).states == {
        State.OPEN: 1,
        State.ACKNOWLEDGED: 0,
        State.RESOLVED: 1,
    }


def test_what_changed_meanwhile_is_left(store: RecordStore) -> None:
    """Of several alerts those that their reader has seen otherwise stay as they are."""
    ids = [record_of(number).alert.id for number in range(3)]
    grouped(store, *(record_of(number) for number in range(3)))
    store.act(ids[1], Action.COMMENT, who="ann", text="mine")
    outcome = store.act_on(dict.fromkeys(ids, 1), Action.RESOLVE, who="bob")
    assert outcome == Outcome(done=2, changed=1)
    assert [store.get(id_).state for id_ in ids] == [State.RESOLVED, State.OPEN, State.RESOLVED]


def test_an_incident_changes_with_its_alerts(store: RecordStore) -> None:
    """Whatever is done with an alert changes its incident, and a new alert of it does not."""
    (incident,) = grouped(store, record_of(0))
    (other,) = grouped(store, record_of(1, kind="iban"))
    store.act(record_of(0).alert.id, Action.COMMENT, who="ann", text="mine")
    with pytest.raises(AlertChanged):
        store.act_on_incident(incident.id, Action.RESOLVE, who="bob", version=incident.version)
    seen = store.incident(incident.id)
    grouped(store, record_of(2))
    assert store.act_on_incident(seen.id, Action.RESOLVE, who="bob", version=seen.version) == 2
    assert store.incident(seen.id).version == seen.version + 1
    assert store.incident(other.id).version == other.version


def test_there_is_no_such_incident(store: RecordStore) -> None:
    """An unknown id is an error, whatever is asked."""
    with pytest.raises(AlertNotFound):
        store.incident("0" * 32)
    with pytest.raises(AlertNotFound):
        store.act_on_incident("0" * 32, Action.RESOLVE, who="ann")


def test_statistics_count_by_everything(store: RecordStore) -> None:
    """Counts by kind, caller, task, pointer and severity are those of the time asked for."""
    grouped(store, record_of(0), record_of(1, kind="iban"), record_of(70, caller="bank"))
    stats = store.stats(since=NOON, until=NOON + DAY)
    assert stats.total == 3
    assert stats.kinds == (("email", 2), ("iban", 1))
    assert stats.callers == (("shop", 2), ("bank", 1))
    assert stats.tasks == (("echo", 3),)
    assert stats.pointers == (("/contact", 3),)
    assert stats.severities[Severity.LOW] == 3
    assert stats.over_time == (
        (NOON, "email", 1),
        (NOON, "iban", 1),
        (NOON + HOUR, "email", 1),
    )
    later = store.stats(since=NOON + HOUR, until=NOON + 2 * HOUR)
    assert (later.total, later.callers) == (1, (("bank", 1),))


def test_a_long_time_is_counted_by_days(store: RecordStore) -> None:
    """Over more than three days the buckets are days."""
    grouped(store, record_of(0), record_of(70), record_of(24 * 60))
    stats = store.stats(since=NOON - 5 * DAY, until=NOON + 5 * DAY)
    midnight = NOON.replace(hour=0)
    assert stats.over_time == ((midnight, "email", 2), (midnight + DAY, "email", 1))


def test_what_clients_choose_can_be_counted(store: RecordStore) -> None:
    """Pointers with half a pair, a zero or no end are kept and counted."""
    odd = record_of(0, pointer="/\ud800\0" + "x" * 9000)
    grouped(store, odd)
    assert store.stats(since=NOON, until=NOON + HOUR).pointers[0][1] == 1
    assert len(store.get(odd.alert.id).alert.findings[0].pointer) > 9000


def test_forgets_a_value(store: RecordStore) -> None:
    """Every alert about the value is gone, from its incident and from the counts too."""
    grouped(store, record_of(0), record_of(1), record_of(2, kind="iban"))
    assert len(store.page(Filter(digest="k:email"), limit=5).records) == 2
    assert store.forget("k:email") == 2
    assert store.forget("k:email") == 0
    stats = store.stats(since=NOON, until=NOON + HOUR)
    assert (stats.total, stats.kinds, stats.states[State.OPEN]) == (1, (("iban", 1),), 1)
    assert [one.kinds for one in store.incidents(limit=5).incidents] == [("iban",)]


def test_prunes_by_age_and_by_count(store: RecordStore) -> None:
    """Old alerts go first; of the others the newest stay; an incident keeps what is left."""
    store.add([record_of(9)])
    (incident,) = grouped(store, *(record_of(number) for number in range(5)))
    assert store.prune(before=NOON + timedelta(minutes=2)) == 2
    assert store.incident(incident.id).open == 3
    assert store.prune(keep=2) == 2
    assert store.prune(keep=2) == 0
    left = store.page(Filter(), limit=9).records
    assert [int(one.alert.id, 16) for one in left] == [9, 4]


def test_new_alerts_are_kept_in_their_incidents(store: RecordStore, database: Database) -> None:
    """At once they become what they become one step after the other."""
    records = [
        record_of(5, caller="other"),
        *map(record_of, (0, 1, 3, 200)),
        record_of(2, kind="ip"),
    ]
    wish = Wish(sinks=("email",), at=NOON)
    store.add_grouped(records[:2], window=HOUR, wish=wish)
    store.add_grouped(records[2:], window=HOUR, wish=wish)
    at_once = _kept(store), Tellings(database).due(now=NOON, limit=9)

    downgrade(database, version="base")
    upgrade(database)
    for some in (records[:2], records[2:]):
        store.add(some)
        store.group([one.alert.id for one in some], window=HOUR, wish=wish)
    after = _kept(store), Tellings(database).due(now=NOON, limit=9)

    assert at_once[0] == after[0]
    assert len(at_once[0][0]) == 6
    assert len(at_once[1]) == len(after[1]) == 4


def test_alerts_that_are_kept_already_join_no_second_incident(store: RecordStore) -> None:
    """A job that is delivered again brings the same alerts, and may bring others too."""
    store.add([record_of(0)])
    store.add_grouped([record_of(1), record_of(2)], window=HOUR)

    store.add_grouped([record_of(number) for number in range(4)], window=HOUR)
    store.add_grouped([record_of(number) for number in range(4)], window=HOUR)

    (incident,) = store.incidents(limit=9).incidents
    assert incident.count == 4
    assert (incident.first_seen, incident.last_seen) == (NOON, NOON + timedelta(minutes=3))
    assert store.stats(since=NOON, until=NOON + timedelta(hours=1)).total == 4


def test_nothing_is_kept_of_alerts_without_any(store: RecordStore) -> None:
    """Nothing to keep is no error."""
    store.add_grouped([], window=HOUR)

    assert store.incidents(limit=9).incidents == ()


def _kept(
    store: RecordStore,
) -> tuple[list[Record], dict[frozenset[str], Incident], Stats]:
    """Return all that is kept, but for the ids of incidents."""
    alerts = store.page(Filter(), limit=99).records
    incidents = {
        frozenset(one.alert.id for one in store.every(Filter(incident_id=each.id))): each
        for each in store.incidents(limit=99).incidents
    }
    return (
        [replace(one, incident_id=None) for one in alerts],
        {members: replace(each, id="") for members, each in incidents.items()},
        store.stats(since=NOON, until=NOON + timedelta(hours=9)),
    )
