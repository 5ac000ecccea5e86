"""Notices jobs whose worker is gone, within 10 s. Knows where jobs are, not what becomes of them.

It trusts no clock but its own: a job is lost when its sign of life has not changed for a while
under one pair of eyes. Every worker has a reaper; a lock in Redis lets one at a time look.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import redis
import rq
from rq.executions import Execution
from rq.intermediate_queue import IntermediateQueue
from rq.registry import StartedJobRegistry
from rq.utils import as_text

from alerting.log import event
from tasks.keyspace import REAPER_LOCK
from tasks.recovery import Delivery, Recovery

_log = logging.getLogger(__name__)

SIGN_FIELD = "alive"
"""Field of an execution's hash: its worker gives a sign of life every second."""

_PERIOD_S = 0.5
_LOCK_MS = 2000
_SILENCE_S = 5.0
_LONGEST_GAP_S = 2.0


class Reaper:
    """A thread that looks through the jobs in workers' hands, and calls each of ``also`` then."""

    def __init__(
        self,
        connection: redis.Redis,
        recovery: Recovery,
        *,
        name: str,
        also: Sequence[Callable[[], None]] = (),
    ) -> None:
        self._redis = connection
        self._recovery = recovery
        self._also = also
        self._name = name.encode()
        self._looked_at = 0.0
        self._seen: dict[Delivery, tuple[bytes, float]] = {}
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="piigate-reaper", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._is_stopped.set()
        self._thread.join(timeout=_PERIOD_S * 4)

    def sweep(self) -> None:
        """Look once, and bring back what has been silent for too long."""
        has_lock = self._has_lock()
        at = time.monotonic()
        if not has_lock or at - self._looked_at > _LONGEST_GAP_S:
            self._seen.clear()  # In an outage workers can give no sign of life either.
        self._looked_at = at
        if not has_lock:
            return
        before, self._seen = self._seen, {}
        for delivery, sign in self._signs():
            last, since = before.get(delivery, (sign, at))
            self._seen[delivery] = (sign, since if last == sign else at)
        for delivery, (_, since) in list(self._seen.items()):
            if at - since >= _SILENCE_S:
                self._recovery.bring_back(delivery)

    def bring_back_expired(self, queue: str) -> None:
        """Bring back what has expired, before RQ's maintenance fails it."""
        key = StartedJobRegistry(queue, connection=self._redis).key
        for entry in cast("list[bytes]", self._redis.zrangebyscore(key, 0, time.time())):
            job_id, _, execution_id = as_text(entry).rpartition(":")
            self._recovery.bring_back(
                Delivery(queue=queue, job_id=job_id, execution_id=execution_id)
            )

    def _run(self) -> None:
        while not self._is_stopped.wait(_PERIOD_S):
            try:
                self.sweep()
                for chore in self._also:
                    chore()
            except redis.RedisError:
                self._seen.clear()
            except Exception as error:  # noqa: BLE001 - one bad job must not end the watch
                event(_log, "reaper failed", level=logging.ERROR, reason=type(error).__name__)

    def _has_lock(self) -> bool:
        if self._redis.set(REAPER_LOCK, self._name, nx=True, px=_LOCK_MS):
            return True
        return self._redis.get(REAPER_LOCK) == self._name and bool(
            self._redis.pexpire(REAPER_LOCK, _LOCK_MS)
        )

    def _signs(self) -> Iterator[tuple[Delivery, bytes]]:
        """Yield the jobs in workers' hands and their signs of life."""
        queues = sorted(as_text(key) for key in self._redis.smembers(rq.Queue.redis_queues_keys))
        with self._redis.pipeline(transaction=True) as pipeline:
            for key in queues:
                name = key.removeprefix(rq.Queue.redis_queue_namespace_prefix)
                pipeline.lrange(IntermediateQueue.get_intermediate_queue_key(key), 0, -1)
                pipeline.zrange(StartedJobRegistry(name).key, 0, -1)
            answers = iter(pipeline.execute())
        for key, taken, started in zip(queues, answers, answers, strict=True):
            name = key.removeprefix(rq.Queue.redis_queue_namespace_prefix)
            entries = [entry.decode().rpartition(":") for entry in started]
            for job_id in {one.decode() for one in taken} - {entry[0] for entry in entries}:
                yield Delivery(queue=name, job_id=job_id), b""
            deliveries = [
                Delivery(queue=name, job_id=job_id, execution_id=execution_id)
                for job_id, _, execution_id in entries
            ]
            yield from self._signs_of(deliveries)

    def _signs_of(self, deliveries: list[Delivery]) -> Iterator[tuple[Delivery, bytes]]:
        with self._redis.pipeline(transaction=False) as pipeline:
            for one in deliveries:
                key = Execution(str(one.execution_id), one.job_id, self._redis).key
                pipeline.hmget(key, SIGN_FIELD, "last_heartbeat")
            answers = pipeline.execute()
        for one, (is_ours, sign) in zip(deliveries, answers, strict=True):
            if is_ours or sign is None:  # A stock worker gives signs of life more rarely.
                yield one, sign or b""
