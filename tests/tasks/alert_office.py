"""What handles alerts, for tests: the parts of a worker without the worker around them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis

from alerting.alert import Alert
from alerting.detector import Scan, scan
from alerting.engine import AlertEngine, open_engine
from alerting.records.store import RecordStore, open_store
from alerting.records.tellings import Telling
from alerting.telling.notice import Notice
from tasks.alert_clock import AlertClock
from tasks.alert_desk import AlertDesk
from tasks.alert_entry import AlertEntry
from tasks.alert_handler import ALERTS_QUEUE, AlertHandler
from tasks.alert_teller import AlertTeller
from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.payload_keys import open_keys
from tasks.queue import RedisQueue, open_queue
from tasks.sealing import KeyRing
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tests.marked_task import task_of

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


@contextmanager
def office_of(settings: TasksSettings) -> Iterator[Office]:
    """Open an office on the Redis and in the home that the settings name."""
    store, keys = open_store(settings), open_keys(settings)
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        yield Office(
            settings=settings,
            client=client,
            keys=keys,
            store=store,
            engine=open_engine(settings, store, seal=keys.seal),
            queue=open_queue(settings),
        )
    store.database.close()
