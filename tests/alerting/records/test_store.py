"""The store keeps records and finds them again, alike on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.errors import AlertChanged, AlertNotFound, DatabaseUnavailable, WrongState
from alerting.records.database import Database, open_database
from alerting.records.migrations import bring_up_to_date, downgrade
from alerting.records.record import Action, Filter, Severity, State
from alerting.records.severity import parse_rules
from alerting.records.store import RecordStore
from tests.alerting.records.conftest import NOON, record_of


def test_keeps_all_of_a_record(store: RecordStore) -> None:
    """A record comes back as it was given."""
    record = record_of()
    store.add([record])
    assert store.get(record.alert.id) == record


def test_keeps_a_record_once(store: RecordStore) -> None:
    """A record that is given twice is kept once, and those beside it too."""
    store.add([record_of(1)])
    store.add([record_of(1), record_of(2), record_of(2)])
    assert len(store.page(Filter(), limit=10).records) == 2


def test_keeps_what_came_at_the_same_moment(store: RecordStore) -> None:
    """Two alerts of one microsecond that would share a number are both kept."""
    one, two = record_of(1), record_of(1 + 2**10)
    at_once = replace(two.alert, recorded_at=one.alert.recorded_at)
    store.add([one])
    store.add([replace(two, alert=at_once), record_of(2)])
    assert len(store.page(Filter(), limit=10).records) == 3


def test_finds_a_text_among_many(store: RecordStore) -> None:
    """A text is looked for page by page, an id everywhere at once."""
    store.add([record_of(number) for number in range(2500)])
    first = store.page(Filter(text="-10 "), limit=10)
    assert (first.records, first.next is None) == ((), False)
    assert store.page(Filter(text="-10 "), before=first.next, limit=10).next is None
    (named,) = store.page(Filter(text="job-10"), limit=10).records
    assert named.alert.job_id == "job-10"


def test_pages_go_from_new_to_old(store: RecordStore) -> None:
    """Pages join without a gap, newest first, also when alerts come in between."""
    store.add([record_of(number) for number in range(5)])
    first = store.page(Filter(), limit=2)
    store.add([record_of(5)])
    second = store.page(Filter(), before=first.next, limit=2)
    third = store.page(Filter(), before=second.next, limit=2)
    seen = [record.alert.id for page in (first, second, third) for record in page.records]
    assert [int(one, 16) for one in seen] == [4, 3, 2, 1, 0]
    assert third.next is None


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(kind="iban"), [1]),
        (Filter(kind="email", caller="bank"), [2]),
        (Filter(caller="nobody"), []),
        (Filter(task="echo", severity=Severity.LOW, state=State.OPEN), [2, 1, 0]),
        (Filter(since=NOON + timedelta(minutes=1)), [2, 1]),
        (Filter(until=NOON + timedelta(minutes=1)), [0]),
        (Filter(text="REQUEST-1"), [1]),
        (Filter(text="%"), []),
        (Filter(incident_id="0"), []),
    ],
)
def test_a_filter_takes_what_it_names(
    store: RecordStore, wanted: Filter, numbers: list[int]
) -> None:
    """A page has the alerts that its filter takes and no others."""
    store.add([record_of(0), record_of(1, kind="iban"), record_of(2, caller="bank")])
    found = store.page(wanted, limit=10).records
    assert [int(record.alert.id, 16) for record in found] == numbers


def test_an_action_is_noted(store: RecordStore) -> None:
    """What a person does moves the alert on and stands in its history."""
    record = record_of()
    store.add([record])
    after = store.act(record.alert.id, Action.ACKNOWLEDGE, who="ann", text="seen")
    store.act(record.alert.id, Action.COMMENT, who="bob", text="mine", version=after.version)
    history = store.history(record.alert.id)
    assert (after.state, after.version) == (State.ACKNOWLEDGED, 2)
    assert [(one.who, one.action, one.text) for one in history] == [
        ("ann", Action.ACKNOWLEDGE, "seen"),
        ("bob", Action.COMMENT, "mine"),
    ]


def test_a_changed_alert_is_left_alone(store: RecordStore) -> None:
    """Who has seen an older version changes nothing."""
    record = record_of()
    store.add([record])
    store.act(record.alert.id, Action.ACKNOWLEDGE, who="ann", version=1)
    with pytest.raises(AlertChanged):
        store.act(record.alert.id, Action.RESOLVE, who="bob", version=1)
    assert store.get(record.alert.id).state is State.ACKNOWLEDGED


def test_a_state_is_left_by_its_own_ways(store: RecordStore) -> None:
    """An action that does not lead on from the alert's state is refused."""
    record = record_of()
    store.add([record])
    with pytest.raises(WrongState):
        store.act(record.alert.id, Action.REOPEN, who="ann")


def test_says_that_there_is_no_such_alert(store: RecordStore) -> None:
    """An id that no alert has is an error of its own, whatever is asked."""
    for ask in (store.get, store.history):
        with pytest.raises(AlertNotFound):
            ask("0" * 32)


def test_says_that_there_is_no_database() -> None:
    """A database that cannot be reached is one error, whatever its driver says."""
    url = "postgresql://piigate@127.0.0.1:1/postgres"
    database = open_database(url, make_tables=bring_up_to_date)
    gone = RecordStore(database, rules=parse_rules(()))
    with pytest.raises(DatabaseUnavailable):
        gone.page(Filter(), limit=1)


def test_finds_an_id_by_its_beginning(store: RecordStore) -> None:
    """The first digits of an id lead to it, and to all others that begin so."""
    store.add([record_of(number) for number in (0x10, 0x1F, 0x20)])
    assert store.ids_beginning("0" * 30 + "2", limit=9) == [record_of(0x20).alert.id]
    assert len(store.ids_beginning("0" * 30 + "1", limit=9)) == 2
    assert len(store.ids_beginning("0" * 8, limit=2)) == 2
    assert store.ids_beginning(record_of(0x1F).alert.id, limit=9) == [record_of(0x1F).alert.id]
    assert store.ids_beginning("f" * 8, limit=9) == []


def test_counts_alerts_about_a_value(store: RecordStore) -> None:
    """Those that are about a value are counted, each once."""
    twice = replace(record_of(3), digests=("k:email", "k:email"))
    store.add([record_of(1), record_of(2, kind="iban"), twice])
    assert store.count_about("k:email") == 2
    assert store.count_about("k:phone") == 0


def test_says_that_the_tables_are_missing(store: RecordStore, database: Database) -> None:
    """Tables that nobody has made are told from a database that is away."""
    downgrade(database, version="base")
    with pytest.raises(DatabaseUnavailable) as failed:
        store.page(Filter(), limit=1)
    assert any(hint in failed.value.reason for hint in ("no such table", "run `flask db upgrade`"))
