"""Who is to be told of which incident, and when."""

from datetime import datetime, timedelta

import pytest

from alerting.records.database import Database
from alerting.records.store import RecordStore
from alerting.records.tellings import Telling, Tellings, Wish
from tests.alerting.records.conftest import NOON, record_of

HOUR = timedelta(hours=1)
LATER = NOON + timedelta(minutes=1)
EVERY = timedelta(minutes=5)


@pytest.fixture
def tellings(database: Database) -> Tellings:
    """Return the tellings of the same database as the store's."""
    return Tellings(database)


def grow(
    store: RecordStore, number: int, *, at: datetime, sinks: tuple[str, ...] = ("log",)
) -> str:
    """Let one incident grow by an alert, and return its id."""
    store.add([record_of(number)])
    (grown,) = store.group([f"{number:032x}"], window=HOUR, wish=Wish(sinks=sinks, at=at))
    return grown.id


def test_each_sink_is_told_after_a_while(store: RecordStore, tellings: Tellings) -> None:
    """An incident that grows is due once for each sink, at the time of the first wish."""
    incident = grow(store, 1, at=LATER, sinks=("email", "log"))
    grow(store, 2, at=LATER + EVERY, sinks=("email", "log"))
    assert tellings.due(now=NOON, limit=9) == []
    assert tellings.next_due() == LATER
    due = tellings.due(now=LATER, limit=9)
    assert sorted((one.sink, one.incident_id, one.job_id) for one in due) == [
        ("email", incident, ""),
        ("log", incident, ""),
    ]


def test_what_grows_after_the_telling_waits_for_the_next(
    store: RecordStore, tellings: Tellings
) -> None:
    """Between two tellings lies the interval, and no alert after the last one stays untold."""
    grow(store, 1, at=LATER)
    (asked,) = tellings.asked(tellings.due(now=LATER, limit=9), now=LATER, every=EVERY)
    assert tellings.due(now=LATER + HOUR, limit=9) == []
    grow(store, 2, at=LATER)
    assert tellings.next_due() == LATER + EVERY
    tellings.told(asked, count=2, now=LATER)
    assert tellings.next_due() == LATER + EVERY
    grow(store, 3, at=LATER + 3 * EVERY)
    assert tellings.next_due() == LATER + EVERY


def test_two_who_ask_make_one_job(store: RecordStore, tellings: Tellings) -> None:
    """A telling that somebody else has asked for meanwhile is not asked for again."""
    grow(store, 1, at=LATER)
    due = tellings.due(now=LATER, limit=9)
    assert len(tellings.asked(due, now=LATER, every=EVERY)) == 1
    assert tellings.asked(due, now=LATER, every=EVERY) == []


def test_what_was_asked_for_and_not_told_is_found(store: RecordStore, tellings: Tellings) -> None:
    """A job that never told shows, until it has."""
    grow(store, 1, at=LATER)
    (asked,) = tellings.asked(tellings.due(now=LATER, limit=9), now=LATER, every=EVERY)
    assert tellings.asked_before(LATER, limit=9) == []
    assert tellings.asked_before(LATER + EVERY, limit=9) == [asked]
    other = Telling(incident_id=asked.incident_id, sink=asked.sink, job_id="another")
    tellings.told(other, count=1, now=LATER)
    assert tellings.asked_before(LATER + EVERY, limit=9) == [asked]
    tellings.told(asked, count=1, now=LATER)
    assert tellings.asked_before(LATER + EVERY, limit=9) == []


def test_tellings_go_with_their_incident(store: RecordStore, tellings: Tellings) -> None:
    """What was deleted is told to nobody."""
    grow(store, 1, at=LATER)
    store.prune(keep=0)
    assert tellings.next_due() is None
