"""RQ's worker, whose ends count only while the execution does. Knows no processes.

A job that was brought back meanwhile is another worker's, or has failed; one that was deleted is to
be nowhere. Nothing is stored of its end then. That costs no round trip, since Redis looks when it
stores.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from typing import Any

import rq
from rq.executions import Execution
from rq.worker import WorkerStatus

from tasks.errors import SealBroken, Superseded
from tasks.finishing import end_script, finishing
from tasks.frugal_worker import FrugalWorker
from tasks.pipeline import REFUSED, SUPERSEDED, Batch, Fence, Recording
from tasks.script import Script
from tasks.stored_job import StoredJob
from tasks.taking import WORKER, Taking


class FencedWorker(FrugalWorker):
    """Stores ends in one round trip, in which another job is taken as well.

    It is not asked first whether other jobs wait for this one; the same round trip tells.
    """

    _end: Batch | None = None

    def next_taking(self, queue: rq.Queue) -> Taking | None:  # noqa: ARG002 - a hook
        """Return what takes another job in the round trip that stores this end, if anything."""
        return None

    def prepare_line(self, job: Any) -> None:
        """Do what can be done for the log while the end of the job is stored."""

    def handle_job_success(
        self, job: Any, queue: rq.Queue, started_job_registry: Any, execution: Execution
    ) -> None:
        """Store the result; raises Superseded when the job was brought back meanwhile."""
        if isinstance(job, StoredJob) and self._finish(job, queue, execution):
            return
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

    def _finish(self, job: StoredJob, queue: rq.Queue, execution: Execution) -> bool:
        """Store the result by recorded commands; return False where RQ has to make them."""
        ttl_s = job.get_result_ttl(self.default_result_ttl)
        if ttl_s <= 0 or not job.is_as_read:
            return False
        script, taking = self._end_script, self.next_taking(queue)
        outcome = self.connection.call(
            lambda: finishing(script, job, execution, self, ttl_s=ttl_s, is_last=not taking),
            ahead=taking.call if taking else None,
            meanwhile=lambda: self.prepare_line(job),
        )
        if outcome == REFUSED:
            return False
        if outcome == SUPERSEDED and not _is_end_of(execution, job):
            raise Superseded
        self.executions.pop(execution.id, None)
        self._stored_state = None if taking else WorkerStatus.IDLE
        return True

    @cached_property
    def _end_script(self) -> Script:
        recording = self.connection.recording()
        nobody = copy(self)
        nobody.name = WORKER

        def finish(job: Any, queue: rq.Queue, execution: Execution) -> Recording:
            self.connection.hand_out(recording)
            registry = job.started_job_registry
            super(FencedWorker, nobody).handle_job_success(job, queue, registry, execution)
            return recording

        return end_script(self.connection, finish)

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
