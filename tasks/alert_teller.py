"""Has sinks told of incidents, each by a job of its own, and tells them.

RQ tries a job again that fails, and keeps what failed for good where a person can enqueue it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import redis
import rq

from alerting.errors import AlertNotFound
from alerting.masking import text_masker
from alerting.records.record import Filter
from alerting.records.store import RecordStore
from alerting.records.tellings import Telling, Tellings
from alerting.telling.notice import Publish, Sink, notice_of
from tasks.alert_handler import ALERTS_QUEUE
from tasks.alert_list import is_pending
from tasks.job import Job
from tasks.keyspace import stream_key
from tasks.rq_queue import Queue
from tasks.sealing import KeyRing
from tasks.settings import TasksSettings

TELL_PATH = "tasks.system.alerts.tell_incident"
TELL_TASK = "tell-incident"

_MOST_AT_ONCE = 500
# How long a job that was asked for may be missing before it counts as never made, or dropped.
_MISSING_S = 15
_LONGEST_STREAM = 100_000


def publisher(connection: redis.Redis) -> Publish:
    """Return what appends to a stream of Redis, which keeps its newest entries."""

    def publish(stream: str, fields: dict[str, str]) -> None:
        entry: dict[Any, Any] = {**fields}
        connection.xadd(stream_key(stream), entry, maxlen=_LONGEST_STREAM)

    return publish


class AlertTeller:
    """Asks for tellings, and tells."""

    def __init__(
        self,
        settings: TasksSettings,
        connection: redis.Redis,
        *,
        keys: KeyRing,
        store: RecordStore,
        sinks: Mapping[str, Sink],
    ) -> None:
        self._settings = settings
        self._redis = connection
        self._store = store
        self._tellings = Tellings(store.database)
        self._sinks = sinks
        self._mask = text_masker(settings.detect_regions)
        self._queue = Queue(ALERTS_QUEUE, connection, job_class=Job.sealed_by(keys))

    @property
    def sinks(self) -> tuple[str, ...]:
        """The names of the sinks."""
        return tuple(self._sinks)

    def next_due(self) -> datetime | None:
        """Return when somebody is to be told next."""
        return self._tellings.next_due()

    def ask(self) -> int:
        """Enqueue a job for each telling that is due, and return how many."""
        now = datetime.now(UTC)
        every = timedelta(seconds=self._settings.alert_tell_every)
        self._ask_again(now)
        due = self._tellings.due(now=now, limit=_MOST_AT_ONCE)
        self._tellings.schedule([one for one in due if one.sink not in self._sinks], at=None)
        wanted = [one for one in due if one.sink in self._sinks]
        busy = [one for one in wanted if one.job_id and is_pending(self._redis, one.job_id)]
        # A job that is still about it tells all there is by then.
        self._tellings.schedule(busy, at=now + every)
        asked = self._tellings.asked(
            [one for one in wanted if one not in busy], now=now, every=every
        )
        self._enqueue(asked)
        return len(asked)

    def tell(self, telling: Telling) -> str:
        """Tell a sink of an incident as it is now, and return what came of it.

        Raises what the sink raises.
        """
        sink = self._sinks.get(telling.sink)
        if sink is None:
            return "no such sink any more"
        try:
            incident = self._store.incident(telling.incident_id)
        except AlertNotFound:
            return "deleted"
        newest = self._store.page(Filter(incident_id=incident.id), limit=1).records
        if newest:
            sink(notice_of(incident, newest[0], telling_id=telling.job_id, mask=self._mask))
        self._tellings.told(telling, count=incident.count, now=datetime.now(UTC))
        return "told"

    def _ask_again(self, now: datetime) -> None:
        """Make due what was asked for and whose job is gone."""
        before = now - timedelta(seconds=_MISSING_S)
        asked = self._tellings.asked_before(before, limit=_MOST_AT_ONCE)
        gone = [one for one in asked if not self._redis.exists(Job.key_for(one.job_id))]
        self._tellings.schedule(gone, at=now)

    def _enqueue(self, asked: Iterable[Telling]) -> None:
        settings = self._settings
        for one in asked:
            self._queue.enqueue_call(
                TELL_PATH,
                args=(asdict(one),),
                timeout=settings.job_timeout,
                result_ttl=settings.result_ttl,
                failure_ttl=settings.alert_failed_ttl,
                description=f"{TELL_TASK} {one.sink}",
                job_id=one.job_id,
                meta={"task": TELL_TASK},
                retry=rq.Retry(
                    max=len(settings.alert_retry_after), interval=list(settings.alert_retry_after)
                ),
            )
