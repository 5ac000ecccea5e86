"""Brings back one job whose worker is gone. Knows how jobs are stored, not how losses are noticed.

A job that was only taken from its queue goes back. One that was started goes back if its task is
idempotent, and fails otherwise. Each loss is counted: a job that workers die of fails in the end.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass

import redis
import rq
from redis.client import Pipeline
from redis.exceptions import WatchError
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.executions import Execution
from rq.job import JobStatus as Stored
from rq.job_lifecycle import record_job_failure

from alerting.log import event
from tasks.errors import TasksError, TooManyDeliveries
from tasks.job import Job
from tasks.job_log import ABANDONED, log_job
from tasks.job_state import JobStatus
from tasks.registry import discover
from tasks.rq_queue import Queue
from tasks.serializer import Serializer

_log = logging.getLogger(__name__)

_TOO_MANY = f"{TooManyDeliveries.__module__}.{TooManyDeliveries.__qualname__}"
LOSSES = "losses"
"""Field of a job's hash: how many workers were lost with it since it was last enqueued."""

_MOST_LOOKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A job in a worker's hands; without an execution it is taken from the queue, not started.

    Who knows that its function was not called says so by ``is_begun``.
    """

    queue: str
    job_id: str
    execution_id: str | None = None
    is_begun: bool = True


class Recovery:
    """Brings jobs back; may run in any process, and in several at a time."""

    def __init__(self, connection: redis.Redis, *, max_deliveries: int) -> None:
        self._redis = connection
        self._max_deliveries = max_deliveries

    def bring_back(self, lost: Delivery) -> None:
        """Requeue or fail the job, unless its worker or another recovery was faster.

        A sign of life that changes the job meanwhile settles nothing: it is looked at once more.
        """
        for _ in range(_MOST_LOOKS):
            with suppress(WatchError):
                self._try_to_bring_back(lost)
                return

    def _try_to_bring_back(self, lost: Delivery) -> None:
        """Bring the job back; raises WatchError when it changes at that moment."""
        key = Job.key_for(lost.job_id)
        queue = Queue(lost.queue, self._redis)
        with self._redis.pipeline() as pipeline:
            pipeline.watch(key)  # type: ignore[no-untyped-call] # redis-py leaves it untyped
            if not self._is_held(lost, queue, pipeline):
                return
            job = self._held_job(lost, pipeline)
            losses = 1 + int(pipeline.hget(key, LOSSES) or 0)
            pipeline.multi()
            _forget(lost, queue, pipeline)
            end = self._settle(job, lost, losses, queue, pipeline) if job else None
            pipeline.execute()
        if job:
            _tell(job, end, losses)
        if job and end:
            queue.enqueue_dependents(job)

    def _is_held(self, lost: Delivery, queue: rq.Queue, pipeline: Pipeline) -> bool:
        if lost.execution_id is None:
            return pipeline.lpos(queue.intermediate_queue_key, lost.job_id) is not None
        entry = _entry(lost)
        return pipeline.zscore(queue.started_job_registry.key, entry) is not None

    def _held_job(self, lost: Delivery, pipeline: Pipeline) -> Job | None:
        """Return the job if it is still to be run; what has ended leaves traces at most."""
        job = Job(lost.job_id, connection=self._redis, serializer=Serializer)
        try:
            job.restore(pipeline.hgetall(job.key))
        except NoSuchJobError:
            return None
        awaited = {Stored.STARTED} | ({Stored.QUEUED} if lost.execution_id is None else set())
        return job if job.get_status(refresh=False) in awaited else None

    def _settle(
        self, job: Job, lost: Delivery, losses: int, queue: rq.Queue, pipeline: Pipeline
    ) -> str | None:
        """Fail or requeue the job, and return why it failed if it did."""
        end = None
        may_have_run = lost.execution_id is not None and lost.is_begun
        if may_have_run and not job.retries_left and not _is_idempotent(job):
            end = f"{ABANDONED}\n  its worker is gone, and its task may not run twice"
        elif losses >= self._max_deliveries:
            end = f"{_TOO_MANY}\n  {losses} workers were lost with it"
        if end:
            record_job_failure(job, end, pipeline)
            pipeline.hdel(job.key, LOSSES)  # Who requeues it by hand starts anew.
            return end
        if job.retries_left:
            job.retries_left -= 1
        job.started_at = job.ended_at = job.worker_name = None
        queue._enqueue_job(job, pipeline=pipeline, at_front=True)  # noqa: SLF001 - as RQ's registries
        pipeline.hset(job.key, LOSSES, losses)
        return None


def _entry(lost: Delivery) -> str:
    return f"{lost.job_id}:{lost.execution_id}"


def _forget(lost: Delivery, queue: rq.Queue, pipeline: Pipeline) -> None:
    """Remove the traces of the lost worker."""
    pipeline.lrem(queue.intermediate_queue_key, 1, lost.job_id)
    if lost.execution_id is not None:
        execution = Execution(lost.execution_id, lost.job_id, queue.connection)
        execution.delete(Job(lost.job_id, queue.connection), pipeline)
        pipeline.zrem(queue.started_job_registry.key, _entry(lost))


def _is_idempotent(job: Job) -> bool:
    try:
        return discover().at(job.func_name or "").is_idempotent
    except (TasksError, DeserializationError):
        return False


def _tell(job: Job, end: str | None, losses: int) -> None:
    if end:
        log_job(job, JobStatus.FAILED, reason=end.partition("\n")[0])
    else:
        event(
            _log,
            "job delivered again",
            level=logging.WARNING,
            request_id=job.meta.get("request_id"),
            task=job.meta.get("task"),
            job_id=job.id,
            reason=f"lost with its worker {losses} times",
        )
