"""Alerts in Redis: handled in batches, told once in a while, and never in nobody's hands."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from rq.job import JobStatus
from rq.registry import ScheduledJobRegistry

from alerting.alert import Alert
from alerting.detector import Scan, scan
from alerting.engine import AlertEngine, open_engine
from alerting.records.record import Filter
from alerting.records.store import RecordStore, open_store
from alerting.records.tellings import Telling
from alerting.telling.notice import Notice
from tasks.alert_clock import AlertClock
from tasks.alert_desk import AlertDesk
from tasks.alert_entry import AlertEntry
from tasks.alert_handler import ALERTS_QUEUE, AlertHandler
from tasks.alert_list import AlertList
from tasks.alert_teller import AlertTeller, publisher
from tasks.catalog.echo import echo
from tasks.errors import UnknownTask
from tasks.job import Job
from tasks.keyspace import ALERTS, ALERTS_REFUSED, ALERTS_REST, stream_key
from tasks.payload_keys import open_keys
from tasks.queue import RedisQueue, open_queue
from tasks.registry import discover
from tasks.sealing import KeyRing
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tests.tasks.test_queue_contract import task_of

QUEUED = f"rq:queue:{ALERTS_QUEUE}"


@dataclass(kw_only=True)
class Office:
    """What handles alerts, without the worker around it."""

    settings: TasksSettings
    client: Any  # a client of redis-py, which types every answer as several
    keys: KeyRing
    store: RecordStore
    engine: AlertEngine
    queue: RedisQueue
    notices: list[Notice] = field(default_factory=list)

    @property
    def clock(self) -> AlertClock:
        """A clock as a new worker would have it."""
        return AlertClock(self.client, AlertHandler(self.settings, self.client, keys=self.keys))

    @property
    def desk(self) -> AlertDesk:
        """A desk as a new process would have it."""
        teller = AlertTeller(
            self.settings,
            self.client,
            keys=self.keys,
            store=self.store,
            sinks={"shelf": self.notices.append},
        )
        return AlertDesk(
            self.settings, self.client, keys=self.keys, store=self.store, teller=teller
        )

    def accept(self, count: int = 1) -> list[Alert]:
        """Accept payloads with the same finding, as the gateway does."""
        alerts = []
        for number in range(count):
            payload: Any = {"contact": f"person-{number}@example.com"}
            alert = self.engine.record(
                payload,
                Scan(findings=scan(payload), is_partial=False),
                caller="shop",
                task="echo",
                request_id="r",
                job_id=str(uuid.uuid4()),
            )
            entry = self.engine.pack(alert, payload)
            self.queue.submit(
                task_of(echo),
                payload,
                caller="shop",
                request_id="r",
                alert=AlertEntry(job_id=alert.job_id, entry=entry),
            )
            alerts.append(alert)
        return alerts

    def waiting(self) -> list[str]:
        """Return what the jobs of the alerts' queue are called, the next one first."""
        ids = [one.decode() for one in self.client.lrange(QUEUED, 0, -1)]
        return [(self.client.hget(f"rq:job:{one}", "description") or b"").decode() for one in ids]

    def run_waiting(self) -> None:
        """Do what the next job of the queue is to do."""
        job_id = (self.client.lpop(QUEUED) or b"").decode()
        job = Job.sealed_by(self.keys).fetch(job_id, connection=self.client, serializer=Serializer)
        if job.description == "handle-alerts":
            self.desk.handle(job_id)
            return
        (told,) = job.args
        self.desk.teller.tell(Telling(**told))


@pytest.fixture(params=["direct", "queued"])
def office(
    request: pytest.FixtureRequest,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    """An office that records in one way, then in the other."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    monkeypatch.setattr("tasks.alert_handler._PAUSE_S", 0.001)
    settings = TasksSettings.load(
        redis_url=redis_url,
        alert_recording=request.param,
        alert_tell_after=0,
        alert_tell_every=3600,
    )
    store, keys = open_store(settings), open_keys(settings)
    with redis.Redis.from_url(redis_url) as client:
        yield Office(
            settings=settings,
            client=client,
            keys=keys,
            store=store,
            engine=open_engine(settings, store, seal=keys.seal),
            queue=open_queue(settings),
        )
    store.database.close()


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


def test_a_job_that_is_delivered_again_goes_on(office: Office) -> None:
    """What a job has taken when its process dies is there when it runs again, in another one."""
    alerts = office.accept(3)
    job_id = (office.client.lindex(QUEUED, 0) or b"").decode()
    assert len(AlertList(office.client).take(job_id)) == 3
    office.accept(1)
    assert len(AlertList(office.client).take(job_id)) == 3
    assert office.desk.handle(job_id)["handled"] == 3
    assert office.desk.handle(job_id)["handled"] == 1
    assert len(office.store.page(Filter(), limit=9).records) == len(alerts) + 1


def test_a_job_takes_no_more_than_it_may_hold(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts with large payloads are taken in the order of their coming, by several jobs."""
    office.accept(3)
    before = office.client.lrange(ALERTS, 0, -1)
    waiting = AlertList(office.client)
    monkeypatch.setattr("tasks.alert_list._MOST_BYTES", len(before[0]) + 1)
    assert waiting.take("one") == before[:2]
    assert waiting.take("another") == before[2:]
    assert waiting.take("a third") == []
    assert len(waiting) == 0


def test_what_a_lost_job_has_taken_goes_back(office: Office) -> None:
    """A job that will not run again leaves its alerts to the next one, in their order."""
    office.accept(3)
    before = office.client.lrange(ALERTS, 0, -1)
    AlertList(office.client).take("gone")
    office.accept(1)
    AlertList(office.client).give_back_lost(but="another")
    assert office.client.lrange(ALERTS, 0, -1)[:3] == before
    office.run_waiting()
    assert len(office.store.page(Filter(), limit=9).records) == 4


def test_what_cannot_be_opened_is_put_aside(office: Office) -> None:
    """A forged entry harms nobody's alert, and stays for a person to look at."""
    forged = b"0" * 32 + b"pg1.forged"
    office.client.rpush(ALERTS, forged)
    office.accept(1)
    office.run_waiting()
    assert office.client.lrange(ALERTS_REFUSED, 0, -1) == [forged]
    assert len(office.store.page(Filter(), limit=9).records) == 1


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
