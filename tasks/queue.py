"""The job queue on RQ and Redis. Knows no HTTP and runs no task."""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import redis
import rq
from rq.results import Result

from alerting.finding import JsonValue
from tasks import cancellation, claims, transaction
from tasks.claim import Claim, Submission
from tasks.connection import connect
from tasks.endings import Endings, News
from tasks.envelope import Envelope
from tasks.errors import (
    IdempotencyKeyInUse,
    JobNotFound,
    QueueUnavailable,
)
from tasks.job import Job
from tasks.job_form import JobForm
from tasks.job_progress import PROGRESS_FIELD, read_progress
from tasks.job_state import JobState
from tasks.keyspace import ENDED_CHANNEL, PROGRESS_CHANNEL
from tasks.payload_keys import open_keys
from tasks.ports import never
from tasks.registry import Task
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tasks.stored import Stored
from tasks.transaction import Command

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
        self._forms: dict[object, JobForm] = {}
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
        envelope = Envelope(
            job_id=job_id or str(uuid.uuid4()),
            task=task.name,
            caller=caller,
            request_id=request_id,
        )
        commands = self._form(task).commands(
            payload, envelope=envelope, keys=self._keys, ttl_s=self._settings.job_ttl
        )
        self._endings.expect(envelope.job_id, ENDED_CHANNEL)
        with _reachable():
            if claim:
                self._run_if_held(claim, commands, job_id=envelope.job_id)
            else:
                transaction.run(self._redis, commands)
        return envelope.job_id

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

    def _form(self, task: Task) -> JobForm:
        """Return what the jobs of a task have in common, made with the first of them."""
        same = task.path, task.name, task.queue, task.timeout_s
        if same not in self._forms:
            queue = rq.Queue(
                task.queue,
                connection=self._redis,
                job_class=self._job_class,
                serializer=Serializer,
            )
            self._forms[same] = JobForm.of(task, queue, settings=self._settings)
        return self._forms[same]

    def _run_if_held(self, claim: Claim, commands: Iterable[Command], *, job_id: str) -> None:
        """Run the commands and settle the claim together, unless that was lost."""
        with self._redis.pipeline() as pipeline:
            claims.begin(pipeline, claim)
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py leaves it
            claims.settle(pipeline, claim, job_id, ttl_s=self._settings.idempotency_ttl)
            pipeline.execute()

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
        with self._endings.watch(job_id, *channels) as news:
            while True:
                _await(news, until=deadline, is_given_up=is_given_up)
                told = news.end.state(keys=self._keys) if news.end else None
                if told and until(told):
                    return told
                is_over = time.monotonic() >= deadline or is_given_up()
                try:
                    state = self.fetch(job_id)
                    if is_over or until(state):
                        return state
                except QueueUnavailable:
                    if is_over:
                        raise


def _await(news: News, *, until: float, is_given_up: Callable[[], bool]) -> None:
    """Return when there is news, it is time to look again, or nobody waits any more."""
    look_again = min(until, time.monotonic() + _LOOK_AGAIN_S)
    while (left_s := look_again - time.monotonic()) > 0:
        if news.wait(min(left_s, _ASK_AGAIN_S)) or is_given_up():
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
