"""How long a job that comes now would be queued. Knows Redis and RQ's queues, no jobs.

What is looked up serves a process for a while, so that it costs no request a round trip of its own.
"""

import time
from functools import partial

import redis
import rq

from alerting.fibers import aside
from tasks import pace

_FRESH_S = 0.2


class Forecast:
    """Predictions for any queue; where one is wrong by what came meanwhile, the next is right."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._known: dict[str, tuple[float, float]] = {}

    def wait_s(self, queue: str) -> float:
        """Return the predicted wait in seconds.

        It is 0 for an empty queue, and where nobody knows: before the first job has ended, or when
        no worker has given a sign of life for a minute. Raises RedisError.
        """
        looked_at, wait_s = self._known.get(queue, (float("-inf"), 0.0))
        now = time.monotonic()
        if now - looked_at >= _FRESH_S:
            self._known[queue] = now, wait_s  # The others go on with the old one meanwhile.
            try:
                wait_s = aside(partial(self._look, queue))
            except redis.RedisError:
                self._known.pop(queue, None)  # The next one is told, too.
                raise
            self._known[queue] = now, wait_s
        return wait_s

    def _look(self, queue: str) -> float:
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.llen(rq.Queue(queue, connection=self._redis).key)
            pace.read(pipeline, queue)
            length, told = pipeline.execute()
        per_s = pace.Rate.of(told).per_s
        return length / per_s if per_s else 0.0
