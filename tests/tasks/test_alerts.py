"""Alerts in Redis: handled in batches, told once in a while, and never in nobody's hands."""

from typing import Any

import pytest
from rq.job import JobStatus
from rq.registry import ScheduledJobRegistry

from alerting.records.record import Filter
from tasks.alert_handler import ALERTS_QUEUE, AlertHandler
from tasks.alert_teller import publisher
from tasks.errors import UnknownTask
from tasks.job import Job
from tasks.keyspace import ALERTS, ALERTS_REST, stream_key
from tasks.registry import discover
from tests.tasks.alert_office import QUEUED, Office


def test_a_flood_is_one_job_and_one_telling(office: Office) -> None:
    """However many alerts wait, one job handles them, each is recorded, one notice counts them."""
    alerts = office.accept(50)
    assert office.waiting() == ["handle-alerts"]
    assert office.client.llen(ALERTS) == 50
    office.run_waiting()
    assert office.waiting() == ["tell-incident shelf"]
    office.run_waiting()
    (notice,) = office.notices
    assert (notice.count, notice.kinds, notice.pointers) == (50, ("email",), ("/contact",))
    assert "person-" not in repr(notice)
    stored = office.store.page(Filter(), limit=100).records
    assert {one.alert for one in stored} == set(alerts)
    assert len(list(office.settings.error_reports.glob("alert_*"))) == 50


def test_what_comes_later_is_told_at_its_time(office: Office) -> None:
    """An incident that grows again waits for its interval, and for no alert after it."""
    office.accept()
    office.run_waiting()
    office.run_waiting()
    office.accept(2)
    office.run_waiting()
    assert office.waiting() == []
    assert len(office.notices) == 1
    due = office.desk.teller.next_due()
    assert due
    (later,) = office.desk.teller._tellings.due(now=due, limit=9)
    office.desk.teller.tell(later)
    assert [one.count for one in office.notices] == [1, 3]


def test_what_comes_right_after_a_job_waits_for_the_clock(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While alerts keep coming, a job handles those of a while, and then another the rest."""
    monkeypatch.setattr("tasks.alert_handler._PAUSE_S", 60)
    office.accept()
    assert office.waiting() == ["handle-alerts"]
    office.run_waiting()
    office.accept(3)
    office.clock.tick()
    assert office.waiting() == ["tell-incident shelf"]
    office.client.delete(ALERTS_REST)
    office.clock.tick()
    assert office.waiting() == ["tell-incident shelf", "handle-alerts"]
    office.run_waiting()
    office.run_waiting()
    assert len(office.store.page(Filter(), limit=9).records) == 4


def test_only_a_job_that_was_not_enqueued_is_offered_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a thread asks again before it has an answer, and the answers come in any order."""
    monkeypatch.setattr("tasks.alert_handler._PAUSE_S", 0)
    handler = AlertHandler(office.settings, office.client, keys=office.keys)
    first, second = handler.due(), handler.due()
    assert first
    assert second
    assert first.job_id != second.job_id
    handler.sent(second, is_enqueued=True)
    handler.sent(first, is_enqueued=False)
    again, new = handler.due(), handler.due()
    assert again
    assert new
    assert again.job_id == first.job_id
    assert new.job_id not in {first.job_id, second.job_id}


def test_a_telling_that_waits_comes_before_the_next_alerts(office: Office) -> None:
    """However fast alerts come, somebody is told of them between two jobs that handle some."""
    office.accept()
    office.run_waiting()
    office.accept()
    office.run_waiting()
    assert [one.count for one in office.notices] == [1]


def test_a_flood_is_told_of_when_all_of_it_is_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a job leaves alerts behind, another follows at once, and nobody is told."""
    monkeypatch.setattr("tasks.alert_handler._PAUSE_S", 60)
    monkeypatch.setattr("tasks.alert_list._MOST", 2)
    office.accept(3)
    office.run_waiting()
    assert office.waiting() == ["handle-alerts"]
    office.run_waiting()
    office.run_waiting()
    assert [one.count for one in office.notices] == [3]


def test_a_flood_starves_no_telling(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who should have been told a while ago is told, whatever is left to record."""
    monkeypatch.setattr("tasks.alert_list._MOST", 2)
    monkeypatch.setattr("tasks.alert_desk._TELL_ANYWAY_S", 0)
    office.accept(5)
    office.run_waiting()
    assert office.waiting()[0] == "tell-incident shelf"


def test_nothing_is_written_in_the_open(office: Office) -> None:
    """No value of a payload stands anywhere in Redis."""
    office.accept(1)
    assert b"person-" not in b"".join(office.client.lrange(ALERTS, 0, -1))
    office.run_waiting()
    assert b"person-" not in b"".join(
        office.client.dump(key) or b"" for key in office.client.scan_iter()
    )


def test_alerts_without_a_job_get_one(office: Office) -> None:
    """When nobody waits to handle what is there, the clock sees to it."""
    office.accept(1)
    office.client.delete(QUEUED, "piigate:alerts:waiting")
    office.clock.tick()
    assert office.waiting() == ["handle-alerts"]


def test_a_telling_whose_job_is_gone_is_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for is told in the end, even when Redis lost the job."""
    monkeypatch.setattr("tasks.alert_teller._MISSING_S", -1)
    office.accept(1)
    office.run_waiting()
    lost = (office.client.lpop(QUEUED) or b"").decode()
    office.client.delete(Job.key_for(lost))
    office.desk.teller.ask()
    assert office.waiting() == ["tell-incident shelf"]
    office.desk.teller.ask()
    assert office.waiting() == ["tell-incident shelf"]


def test_a_delayed_job_is_enqueued_when_it_is_due(office: Office) -> None:
    """A telling that failed waits in RQ's registry, and comes back once."""
    office.accept(1)
    office.run_waiting()
    job_id = (office.client.lpop(QUEUED) or b"").decode()
    delayed: Any = ScheduledJobRegistry(ALERTS_QUEUE, connection=office.client)  # type: ignore[no-untyped-call] # RQ leaves it untyped
    office.client.zadd(delayed.key, {job_id: 1})
    office.client.hset(Job.key_for(job_id), "status", JobStatus.SCHEDULED)
    office.clock.enqueue_delayed()
    office.clock.enqueue_delayed()
    assert office.waiting() == ["tell-incident shelf"]
    office.run_waiting()
    assert len(office.notices) == 1


def test_a_stream_keeps_what_is_published(office: Office) -> None:
    """The sink's stream is under our own prefix, for consumers to read."""
    publisher(office.client)("alerts", {"id": "1", "notice": "{}"})
    ((_, fields),) = office.client.xrange(stream_key("alerts"))
    assert fields == {b"id": b"1", b"notice": b"{}"}


def test_system_tasks_are_no_callers_business() -> None:
    """They run by their path, and have no name for callers."""
    tasks = discover()
    assert tasks.at("tasks.system.alerts.handle_alerts").is_system
    assert not [one.name for one in tasks if one.is_system]
    for name in ("handle-alerts", "tell-incident"):
        with pytest.raises(UnknownTask):
            tasks.named(name)
