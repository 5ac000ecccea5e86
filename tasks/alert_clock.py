"""What has to happen at its time: delayed jobs of the queue `alerts`, and looks at alerts.

Runs in a thread of each worker of that queue, which do not get in one another's way. Touches Redis
alone: a database opened beside a fork would be shared with it.
"""

import time
from typing import Any

import redis
from redis.exceptions import WatchError
from rq.job import Job as StoredJob
from rq.registry import ScheduledJobRegistry
from rq.utils import current_timestamp

from tasks.alert_handler import ALERTS_QUEUE, AlertHandler
from tasks.job import Job
from tasks.keyspace import ALERTS, ALERTS_WAKE
from tasks.rq_queue import Queue
from tasks.serializer import Serializer

_PERIOD_S = 0.5


class AlertClock:
    """Enqueues what is due, twice a second at most."""

    def __init__(self, connection: redis.Redis, handler: AlertHandler) -> None:
        self._redis = connection
        self._handler = handler
        self._queue = Queue(ALERTS_QUEUE, connection)
        self._next = 0.0

    def tick(self) -> None:
        """Enqueue what is due, if it is time to look; raises RedisError."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PERIOD_S
        self.enqueue_delayed()
        if self._is_time():
            self._handler.ensure()

    def enqueue_delayed(self) -> None:
        """Enqueue the delayed jobs whose time has come, as RQ's scheduler does."""
        registry: Any = ScheduledJobRegistry(queue=self._queue)  # type: ignore[no-untyped-call] # RQ leaves it untyped
        for job_id in registry.get_jobs_to_schedule(current_timestamp()):
            with self._redis.pipeline() as pipeline:
                try:
                    pipeline.watch(registry.key)  # type: ignore[no-untyped-call] # redis-py leaves it untyped
                    if pipeline.zscore(registry.key, job_id) is None:
                        continue
                    stored = pipeline.hgetall(StoredJob.key_for(job_id))
                    pipeline.multi()
                    pipeline.zrem(registry.key, job_id)
                    if stored:
                        job = Job(job_id, connection=self._redis, serializer=Serializer)
                        job.restore(stored)
                        self._queue._enqueue_job(job, pipeline=pipeline)  # noqa: SLF001 - as RQ's scheduler
                    pipeline.execute()
                except WatchError:
                    continue

    def _is_time(self) -> bool:
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.llen(ALERTS)
            pipeline.get(ALERTS_WAKE)
            waiting, wake = pipeline.execute()
        return bool(waiting) or float(wake or 0) <= time.time()
