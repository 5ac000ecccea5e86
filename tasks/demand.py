"""Asks Redis how busy the queues with bounds are, and says how many workers each should have.

Every look takes two round trips for all queues and is as quick with a long queue as with a short
one. Knows no processes.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from math import isfinite

import redis
import rq
from rq.registry import StartedJobRegistry
from rq.utils import now, utcparse
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from alerting.log import event
from tasks.connection import connect
from tasks.job import Job
from tasks.registry import TaskRegistry
from tasks.scaling import Load, Scaling
from tasks.settings import TasksSettings
from tasks.worker_programs import program_name, worker_bounds

_log = logging.getLogger(__name__)

# A look at a Redis that is gone may take as long; between two, whoever asks can do other things.
_OUTAGE_PAUSE_S = 10.0


class Demand:
    """How many workers each queue with bounds should have; see :class:`tasks.scaling.Scaling`."""

    def __init__(self, connection: redis.Redis, scalings: Mapping[str, Scaling]) -> None:
        self._redis = connection
        self._scalings = scalings
        self._look_at = 0.0

    @classmethod
    def of(cls, settings: TasksSettings, tasks: TaskRegistry) -> "Demand":
        """Return the demand on the queues that have bounds; nothing connects before it is asked.

        Raises InvalidSettings, UnsupportedRedisUrl.
        """
        scalings = {
            queue: Scaling(
                bounds,
                grow_after_s=settings.pool_grow_after,
                shrink_after_s=settings.pool_shrink_after,
            )
            for queue, bounds in worker_bounds(settings, tasks).items()
            if bounds.is_elastic
        }
        return cls(connect(settings), scalings)

    def wanted(self, running: Mapping[str, int]) -> dict[str, int]:
        """Return how many workers the programs of the queues should have, from what they have.

        Without Redis it stays at what they have, the fewest at least.
        """
        counts = {
            queue: max(running[program_name(queue)], scaling.bounds.low)
            for queue, scaling in self._scalings.items()
        }
        at = time.monotonic()
        if counts and at >= self._look_at:
            try:
                loads = dict(self._loads())
            except redis.RedisError:
                self._look_at = at + _OUTAGE_PAUSE_S
                for scaling in self._scalings.values():
                    scaling.forget()
            else:
                counts = {
                    queue: self._decide(queue, counts[queue], loads[queue]) for queue in counts
                }
        return {program_name(queue): count for queue, count in counts.items()}

    def _decide(self, queue: str, running: int, load: Load) -> int:
        wanted = self._scalings[queue].wanted(load, running=running, at=time.monotonic())
        if wanted > running:
            waited_s = round(load.waited_s, 1) if isfinite(load.waited_s) else None
            event(_log, "worker added", queue=queue, workers=wanted, waited_s=waited_s)
        elif wanted < running:
            event(_log, "worker removed", queue=queue, workers=wanted)
        return wanted

    def _loads(self) -> Iterator[tuple[str, Load]]:
        """Yield the load of each queue; raises RedisError."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for queue in self._scalings:
                pipeline.lindex(rq.Queue(queue, connection=self._redis).key, 0)
                pipeline.zcard(StartedJobRegistry(queue, connection=self._redis).key)
                pipeline.scard(WORKERS_BY_QUEUE_KEY % queue)
            answers = iter(pipeline.execute())
        seen = list(zip(self._scalings, answers, answers, answers, strict=True))
        with self._redis.pipeline(transaction=False) as pipeline:
            for _queue, oldest, _busy, _workers in seen:
                job_id = (oldest or b"").decode(errors="replace")
                pipeline.hget(Job.key_for(job_id), "enqueued_at")
            enqueued = pipeline.execute()
        for (queue, oldest, busy, workers), since in zip(seen, enqueued, strict=True):
            waited_s = _age_s(since) if oldest else 0.0
            yield queue, Load(waited_s=waited_s, is_spare=not oldest and busy < workers)


def _age_s(enqueued_at: bytes | None) -> float:
    """Return how long ago a job was enqueued; too long, when it has expired or does not say."""
    try:
        age_s = (now() - utcparse((enqueued_at or b"").decode())).total_seconds()
    except ValueError:
        return float("inf")
    return max(age_s, 0.0)
