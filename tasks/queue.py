"""The job queue on RQ and Redis. Knows no HTTP and runs no task."""

import logging
import re
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import redis
import rq
from rq.results import Result

from alerting.finding import JsonValue
from alerting.log import event
from tasks.connection import connect
from tasks.endings import Endings
from tasks.envelope import Envelope
from tasks.errors import JobNotFound, NotJson, QueueUnavailable, SealBroken
from tasks.job import Job, status_of
from tasks.job_state import JobState, JobStatus
from tasks.keyspace import ENDED_CHANNEL
from tasks.payload_keys import open_keys
from tasks.registry import Task
from tasks.serializer import Serializer
from tasks.settings import TasksSettings

_log = logging.getLogger(__name__)

# Ends that nobody tells: a stock worker's or dashboard's, an expiry.
_LOOK_AGAIN_S = 3.0
_Results = list[tuple[bytes, dict[bytes, bytes]]]
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
        self._endings = Endings(partial(connect, settings), ENDED_CHANNEL)

    def submit(self, task: Task, payload: JsonValue, *, caller: str, request_id: str) -> str:
        """Enqueue a job in one round trip and return its id; raises QueueUnavailable, NotJson."""
        queue = rq.Queue(
            task.queue,
            connection=self._redis,
            job_class=self._job_class,
            serializer=Serializer,
        )
        with _reachable(), self._redis.pipeline() as pipeline:
            job = queue.enqueue_call(
                task.path,
                args=(payload,),
                timeout=task.timeout_s or self._settings.job_timeout,
                result_ttl=self._settings.result_ttl,
                ttl=self._settings.job_ttl,
                failure_ttl=self._settings.failure_ttl,
                description=task.name,
                meta={"caller": caller, "request_id": request_id, "task": task.name},
                pipeline=pipeline,
            )
            pipeline.execute()
        return job.id

    def wait(self, job_id: str, *, timeout_s: float) -> JobState:
        """Return the job's state at its end, or as it is after ``timeout_s`` seconds.

        Redis may come and go meanwhile. Raises JobNotFound when the job does not exist or
        vanishes, QueueUnavailable when Redis is out of reach at the end of the wait.
        """
        deadline = time.monotonic() + timeout_s
        with self._endings.watch(job_id) as may_have_ended:
            while True:
                may_have_ended.clear()
                left_s = deadline - time.monotonic()
                try:
                    state = self.fetch(job_id)
                    if state.status.is_end or left_s <= 0:
                        return state
                except QueueUnavailable:
                    if left_s <= 0:
                        raise
                may_have_ended.wait(min(left_s, _LOOK_AGAIN_S))

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound, QueueUnavailable."""
        if not _JOB_ID.fullmatch(job_id):
            raise JobNotFound
        with _reachable(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(Job.key_for(job_id), ["status", "meta"])
            pipeline.xrevrange(Result.get_key(job_id), count=1)  # type: ignore[no-untyped-call]
            (status, meta), results = pipeline.execute()
        if status is None or meta is None:
            raise JobNotFound
        envelope = Envelope.of(job_id, _meta(meta))
        try:
            return self._state(envelope, status.decode(errors="replace"), results)
        except SealBroken as error:
            reason = f"{type(error).__module__}.{type(error).__qualname__}"
            event(_log, "result refused", level=logging.ERROR, job_id=job_id, reason=reason)
            return _shown(envelope, JobStatus.FAILED)

    def ping(self) -> None:
        """Return when Redis answers; raises QueueUnavailable."""
        with _reachable():
            self._redis.ping()

    def _state(self, envelope: Envelope, stored: str, results: _Results) -> JobState:
        """Return a job's state from what is stored.

        Raises JobNotFound when its result is gone, SealBroken when that is not ours.
        """
        result = self._result(envelope.job_id, results)
        status = status_of(stored, result.exc_string if result else None)
        if status is not JobStatus.FINISHED:
            return _shown(envelope, status)
        if result is None:
            raise JobNotFound
        return _shown(envelope, status, envelope.open_result(result.return_value, keys=self._keys))

    def _result(self, job_id: str, results: _Results) -> Result | None:
        if not results:
            return None
        (result_id, stored), *_ = results
        try:
            return Result.restore(
                job_id, result_id.decode(), stored, connection=self._redis, serializer=Serializer
            )
        except (KeyError, ValueError, OverflowError, zlib.error, NotJson):
            raise SealBroken from None


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what goes wrong with Redis into QueueUnavailable."""
    try:
        yield
    except redis.RedisError as error:
        raise QueueUnavailable from error


def _meta(stored: bytes) -> object:
    try:
        return Serializer.loads(stored)
    except NotJson:
        return None


def _shown(envelope: Envelope, status: JobStatus, result: JsonValue = None) -> JobState:
    return JobState(
        id=envelope.job_id,
        task=envelope.task or "",
        caller=envelope.caller or "",
        request_id=envelope.request_id or "",
        status=status,
        result=result,
    )
