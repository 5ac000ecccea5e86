"""The job class of queue and workers: RQ's own, safe to run and heard when it ends.

Small overrides of RQ's hooks; what is stored stays in RQ's layout. Knows nothing of waiting.
"""

import sys
from collections.abc import Mapping
from typing import Any

import rq.job
from redis.client import Pipeline
from rq.timeouts import JobTimeoutException

from tasks.errors import TaskFailed, UnknownTask
from tasks.failure import describe, reason
from tasks.job_state import JobStatus
from tasks.keyspace import ENDED_CHANNEL
from tasks.registry import TaskFunction, discover
from tasks.serializer import Serializer

OVERRUN = f"{JobTimeoutException.__module__}.{JobTimeoutException.__qualname__}"
_STATUSES: Mapping[str, JobStatus] = {
    rq.job.JobStatus.STARTED: JobStatus.STARTED,
    rq.job.JobStatus.FINISHED: JobStatus.FINISHED,
    rq.job.JobStatus.FAILED: JobStatus.FAILED,
    rq.job.JobStatus.STOPPED: JobStatus.CANCELED,
    rq.job.JobStatus.CANCELED: JobStatus.CANCELED,
}


def status_of(stored: str, failure: str | None) -> JobStatus:
    """Return where a job is, from the status that RQ stored and the text of its failure."""
    status = _STATUSES.get(stored, JobStatus.QUEUED)
    overran = status is JobStatus.FAILED and failure is not None and reason(failure) == OVERRUN
    return JobStatus.TIMED_OUT if overran else status


class Job(rq.job.Job):
    """A job that runs registered tasks only, keeps no value in its failure and tells its end."""

    failure: str | None = None
    """Why the job failed, as it was stored by this process."""

    @property
    def func(self) -> TaskFunction:
        """The registered task's function; no name is ever imported. Raises UnknownTask."""
        if self.instance is not None or not isinstance(self.func_name, str):
            raise UnknownTask
        return discover().at(self.func_name).function

    def restore(self, raw_data: Any) -> None:
        """Read the job without callbacks and webhooks: they too name functions and addresses."""
        super().restore(raw_data)
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []

    def cancel(
        self,
        pipeline: Pipeline | None = None,
        enqueue_dependents: bool = False,
        remove_from_dependencies: bool = False,
    ) -> dict[str, list[str]]:
        """Cancel the job and tell its end."""
        moved = super().cancel(pipeline, enqueue_dependents, remove_from_dependencies)
        self._tell_end(pipeline)
        return moved

    def delete(
        self,
        pipeline: Pipeline | None = None,
        remove_from_queue: bool = True,
        delete_dependents: bool = False,
    ) -> None:
        """Delete the job and tell its end."""
        super().delete(pipeline, remove_from_queue, delete_dependents)
        self._tell_end(pipeline)

    def _execute(self) -> Any:
        """Run the task; raises TaskFailed alone, so that nobody downstream can quote a value."""
        try:
            result = super()._execute()
            if not isinstance(result, rq.job.Retry):
                Serializer.dumps(result)  # RQ would store what is not JSON as a success.
        except BaseException as error:  # noqa: BLE001 - the boundary of the worker
            failure = describe(error)
        else:
            return result
        raise TaskFailed(failure)

    def _handle_success(
        self, result_ttl: int, pipeline: Pipeline, *args: Any, **kwargs: Any
    ) -> None:
        super()._handle_success(result_ttl, pipeline, *args, **kwargs)
        self._tell_end(pipeline)

    def _handle_failure(
        self, exc_string: str, pipeline: Pipeline, *args: Any, **kwargs: Any
    ) -> None:
        """Store why the job failed; RQ's text of an exception holds its message."""
        error = sys.exception()
        self.failure = _failure_of(error) if error else exc_string
        super()._handle_failure(self.failure, pipeline, *args, **kwargs)
        self._tell_end(pipeline)

    def _tell_end(self, pipeline: Pipeline | None) -> None:
        (self.connection if pipeline is None else pipeline).publish(ENDED_CHANNEL, self.id)


def _failure_of(error: BaseException) -> str:
    return str(error) if isinstance(error, TaskFailed) else describe(error)
