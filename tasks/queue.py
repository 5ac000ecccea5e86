"""The job queue on RQ and Redis. Knows no HTTP and runs no task."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import redis
import rq
from rq.results import Result

from alerting.finding import JsonValue
from tasks import cancellation, claims
from tasks.claim import Claim, Submission
from tasks.connection import connect
from tasks.endings import Endings
from tasks.errors import (
    IdempotencyKeyInUse,
    JobNotFound,
    QueueUnavailable,
)
from tasks.job import Job
from tasks.job_progress import PROGRESS_FIELD, read_progress
from tasks.job_state import JobState
from tasks.keyspace import ENDED_CHANNEL, PROGRESS_CHANNEL
from tasks.payload_keys import open_keys
from tasks.ports import never
from tasks.registry import Task
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tasks.stored import Stored

# Ends that nobody tells: a stock worker's or dashboard's, an expiry.
_LOOK_AGAIN_S = 3.0
# How often somebody who waits is asked whether it is still worth it.
_ASK_AGAIN_S = 1.0
# How long a running job is given to stop, and how often its worker is told.
_STOP_WITHIN_S = 2.0
_STOP_AGAIN_S = 0.2
_JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def open_queue(settings: TasksSettings) -> "RedisQueue":
    """Return the queue that the settings name; nothing connects before it is used.

    Raises InvalidSettings when there are no keys to seal with.
    """
    return RedisQueue(settings)


class RedisQueue:
    """Jobs in RQ's layout; keeps :class:`tasks.ports.JobQueue`."""

    def __init__(self, settings: TasksSettings) -> None:
        self._settings = settings
        self._redis = connect(settings)
        self._keys = open_keys(settings)
        self._job_class = Job.sealed_by(self._keys)
        self._endings = Endings(partial(connect, settings), ENDED_CHANNEL, PROGRESS_CHANNEL)

    def submit(
        self,
        task: Task,
        payload: JsonValue,
        *,
        caller: str,
        request_id: str,
        job_id: str | None = None,
        claim: Claim | None = None,
    ) -> str:
        """Enqueue a job in one round trip and return its id; a claim takes two more.

        Raises QueueUnavailable, NotJson, and IdempotencyKeyInUse when the claim was lost.
        """
        queue = rq.Queue(
            task.queue,
            connection=self._redis,
            job_class=self._job_class,
            serializer=Serializer,
        )
        with _reachable(), self._redis.pipeline() as pipeline:
            if claim:
                claims.begin(pipeline, claim)
            job = queue.enqueue_call(
                task.path,
                args=(payload,),
                timeout=task.timeout_s or self._settings.job_timeout,
                result_ttl=self._settings.result_ttl,
                ttl=self._settings.job_ttl,
                failure_ttl=self._settings.failure_ttl,
                description=task.name,
                job_id=job_id,
                meta={"caller": caller, "request_id": request_id, "task": task.name},
                pipeline=pipeline,
            )
            if claim:
                claims.settle(pipeline, claim, job.id, ttl_s=self._settings.idempotency_ttl)
            pipeline.execute()
        return job.id

    def claim(self, claim: Claim) -> Submission | None:
        """Make the claim, or return what became of the request that has made it before.

        Raises IdempotencyKeyReused, IdempotencyKeyInUse, QueueUnavailable.
        """
        with _reachable():
            return claims.make(self._redis, claim)

    def release(self, claim: Claim) -> None:
        """Give up a claim that has no job; raises QueueUnavailable."""
        with _reachable():
            claims.release(self._redis, claim)

    def wait(
        self, job_id: str, *, timeout_s: float, is_given_up: Callable[[], bool] = never
    ) -> JobState:
        """Return the job's state at its end, or as it is when time is up or nobody waits any more.

        Redis may come and go meanwhile. Raises JobNotFound when the job does not exist or
        vanishes, QueueUnavailable when Redis is out of reach at the end of the wait.
        """
        return self._look(
            job_id,
            ENDED_CHANNEL,
            until=lambda state: state.status.is_end,
            timeout_s=timeout_s,
            is_given_up=is_given_up,
        )

    def wait_for_change(self, known: JobState, *, timeout_s: float) -> JobState:
        """Return the job's state once it is another than the one that is known, or time is up.

        Raises JobNotFound, QueueUnavailable, as :meth:`wait` does.
        """
        return self._look(
            known.id,
            ENDED_CHANNEL,
            PROGRESS_CHANNEL,
            until=lambda state: state != known,
            timeout_s=timeout_s,
        )

    def cancel(self, job_id: str) -> JobState:
        """Cancel a queued job or stop a running one, and return its state then.

        Raises JobNotFound, QueueUnavailable.
        """
        deadline = time.monotonic() + _STOP_WITHIN_S
        state = self.fetch(job_id)
        while not state.status.is_end and time.monotonic() < deadline:
            with _reachable():
                cancellation.cancel(self._redis, job_id, keep_s=self._settings.failure_ttl)
            state = self.wait(job_id, timeout_s=_STOP_AGAIN_S)
        return state

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound, QueueUnavailable."""
        if not _JOB_ID.fullmatch(job_id):
            raise JobNotFound
        with _reachable(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(Job.key_for(job_id), ["status", "meta", PROGRESS_FIELD])
            pipeline.xrevrange(Result.get_key(job_id), count=1)  # type: ignore[no-untyped-call]
            (status, meta, progress), results = pipeline.execute()
        if status is None or meta is None:
            raise JobNotFound
        stored = Stored(job_id=job_id, status=status, meta=meta, results=results)
        state = stored.state(keys=self._keys, connection=self._redis)
        return replace(state, progress=read_progress(progress)) if progress else state

    def ping(self) -> None:
        """Return when Redis answers; raises QueueUnavailable."""
        with _reachable():
            self._redis.ping()

    def _look(
        self,
        job_id: str,
        *channels: str,
        until: Callable[[JobState], bool],
        timeout_s: float,
        is_given_up: Callable[[], bool] = never,
    ) -> JobState:
        """Return the job's state when it is the one looked for, or the wait is over.

        It is looked at again when one of the channels tells of it, and now and then.
        """
        deadline = time.monotonic() + timeout_s
        with self._endings.watch(job_id, *channels) as told:
            while True:
                told.clear()
                is_over = time.monotonic() >= deadline or is_given_up()
                try:
                    state = self.fetch(job_id)
                    if is_over or until(state):
                        return state
                except QueueUnavailable:
                    if is_over:
                        raise
                _await(told, until=deadline, is_given_up=is_given_up)


def _await(told: threading.Event, *, until: float, is_given_up: Callable[[], bool]) -> None:
    """Return when the event is set, it is time to look again, or nobody waits any more."""
    look_again = min(until, time.monotonic() + _LOOK_AGAIN_S)
    while (left_s := look_again - time.monotonic()) > 0:
        if told.wait(min(left_s, _ASK_AGAIN_S)) or is_given_up():
            return


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what goes wrong with Redis into QueueUnavailable, a lost claim into what it means."""
    try:
        yield
    except redis.WatchError:
        raise IdempotencyKeyInUse from None
    except redis.RedisError as error:
        raise QueueUnavailable from error
