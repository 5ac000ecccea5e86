"""RQ's worker, whose ends count only while the execution does. Knows no processes.

A job that was brought back meanwhile is another worker's, or has failed; one that was deleted is to
be nowhere. Nothing is stored of its end then. That costs no round trip, since Redis looks when it
stores.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rq
from rq.executions import Execution

from tasks.errors import SealBroken, Superseded
from tasks.frugal_worker import FrugalWorker
from tasks.pipeline import Batch, Fence
from tasks.taking import Taking


class FencedWorker(FrugalWorker):
    """Stores ends in one round trip, together with the taking of another job.

    It is not asked first whether other jobs wait for this one; the same round trip tells.
    """

    _end: Batch | None = None

    def next_taking(self, queue: rq.Queue) -> Taking | None:  # noqa: ARG002 - a hook
        """Return what takes another job while the end of this one is stored, if anything."""
        return None

    def handle_job_success(
        self, job: Any, queue: rq.Queue, started_job_registry: Any, execution: Execution
    ) -> None:
        """Store the result; raises Superseded when the job was brought back meanwhile."""
        with self._fenced(job, queue, execution):
            super().handle_job_success(job, queue, started_job_registry, execution)

    def handle_job_retry(
        self,
        job: Any,
        queue: rq.Queue,
        retry: rq.Retry,
        started_job_registry: Any,
        execution: Execution,
    ) -> None:
        """Store that the job is to run again; raises Superseded likewise."""
        with self._fenced(job, queue, execution):
            super().handle_job_retry(job, queue, retry, started_job_registry, execution)

    def handle_job_failure(
        self,
        job: Any,
        queue: rq.Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Store the failure; raises Superseded likewise."""
        with self._fenced(job, queue, execution):
            super().handle_job_failure(job, queue, started_job_registry, exc_string, execution)

    def _enqueue_dependents_safely(self, queue: rq.Queue, job: Any) -> None:
        """Enqueue what waits for a job that failed, unless nothing did when that was stored."""
        if not (self._end and self._end.was_absent):
            super()._enqueue_dependents_safely(queue, job)

    @contextmanager
    def _fenced(self, job: Any, queue: rq.Queue, execution: Execution | None) -> Iterator[None]:
        """Let the next transaction pass only while the execution counts."""
        registry = job.started_job_registry.key
        fence = Fence(registry, execution.composite_key) if execution else None
        taking = self.next_taking(queue)
        behind = taking.call if taking else None
        self._end = self.connection.announce(fence=fence, absent=job.dependents_key, behind=behind)
        try:
            yield
        except Superseded:
            # An outage may have swallowed the answer to what this worker has stored.
            if not execution or not _is_end_of(execution, job):
                raise


def _is_end_of(execution: Execution, job: Any) -> bool:
    """Return whether the job's newest result is that of the execution; a forged one is nobody's."""
    try:
        result = job.latest_result()
    except SealBroken:
        return False
    return bool(result and result.execution_id == execution.id)
