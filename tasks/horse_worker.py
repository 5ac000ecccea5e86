"""RQ's worker with one process beside it that runs its jobs, made anew when one dies of a job.

RQ forks a process per job. Knows neither the log nor what is stored.
"""

import os
import random
import resource
import signal
import sys
import threading
import time
from datetime import datetime
from typing import Any, NamedTuple

import rq
from rq.executions import Execution
from rq.timeouts import HorseMonitorTimeoutException
from rq.worker import WorkerStatus
from rq.worker.base import SHUTDOWN_SIGNAL

from tasks.frugal_worker import TICK_S, FrugalWorker
from tasks.horse import Answer, Horse
from tasks.job import Job
from tasks.pipeline import Client
from tasks.settings import TasksSettings


class StoredJob(Job):
    """A job that keeps what Redis holds of it, so that it can be handed on without asking again."""

    stored: Any = None

    def restore(self, raw_data: Any) -> None:
        """Read the job."""
        self.stored = raw_data
        super().restore(raw_data)


class _Handed(NamedTuple):
    """A job on its way to the process that runs it."""

    job_id: str
    stored: Any
    queue: str
    execution_id: str
    started_at: datetime


class HorseWorker(FrugalWorker):
    """Hands its jobs to a :class:`tasks.horse.Horse`."""

    settings: TasksSettings

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        self.is_overrun = False
        """Whether the last job was killed because it ran too long."""
        self._horse: Horse | None = None
        self._handing = threading.RLock()  # RQ stops jobs from another thread.
        self._kill_at = float("inf")
        self._has_given_sign = False
        self._to_hand_again: _Handed | None = None
        # In the job's process alone:
        self._answer: Answer | None = None
        self._jobs_run = 0

    def fork_work_horse(self, job: Any, queue: rq.Queue) -> None:
        """Hand the job to the process beside this one; fork it first if there is none."""
        timeout_s = job.timeout if job.timeout and job.timeout > 0 else float("inf")
        execution = next(iter(self.executions.values()))
        handed = _Handed(job.id, job.stored, queue.name, execution.id, execution.created_at)
        self.is_overrun = self._has_given_sign = False
        self._to_hand_again = handed
        with self._handing:
            self._give(handed)
            self._kill_at = time.monotonic() + timeout_s + self.settings.job_grace
        if self._stopped_job_id == job.id:
            self.kill_horse()

    def monitor_work_horse(self, job: Any, queue: rq.Queue, execution: Execution) -> None:
        """Watch over the job to its end; a sign of life that crossed with it is taken back."""
        try:
            super().monitor_work_horse(job, queue, execution)
        finally:
            if self._has_given_sign:
                self.connection.delete(execution.key)

    def maintain_heartbeats(self, job: Any, execution: Execution) -> None:
        """Give a sign of life of the job and its worker."""
        self._has_given_sign = True
        super().maintain_heartbeats(job, execution)

    def wait_for_horse(self) -> tuple[int | None, int | None, Any]:
        """Return how the job's process fared; raises HorseMonitorTimeoutException every second."""
        horse = self._horse
        if horse is None:
            return None, None, None
        left_s = self._kill_at - time.monotonic()
        if left_s <= 0:
            self.is_overrun = True
            self.kill_horse()
        status = horse.wait(min(TICK_S, max(left_s, 0.05)))
        if status is None:
            raise HorseMonitorTimeoutException
        if status == os.EX_OK:
            self._stored_state = WorkerStatus.IDLE  # It was stored with the job's end.
        else:
            horse.end()
            self._horse = None
            if horse.has_left_job and self._hand_again():
                raise HorseMonitorTimeoutException
        return horse.pid, status, None

    def _hand_again(self) -> bool:
        """Hand a job that its process died without to another, once."""
        handed, self._to_hand_again = self._to_hand_again, None
        with self._handing:
            if not handed or self.is_overrun or self._stopped_job_id == handed.job_id:
                return False
            self._give(handed)
        return True

    def kill_horse(self, sig: signal.Signals = SHUTDOWN_SIGNAL) -> None:
        """Kill the process of the job that runs, unless it runs another job than was meant."""
        running = {execution.job_id for execution in self.executions.values()}
        with self._handing:
            if (
                self._horse
                and self.horse_pid
                and (self._stopped_job_id or next(iter(running), None)) in running
            ):
                self._horse.kill(sig)

    def teardown(self) -> None:
        """Let the process beside this one end, too; a job that it still runs is lost."""
        if self._horse and self.horse_pid:
            self._horse.kill(SHUTDOWN_SIGNAL)
        if self._horse:
            self._horse.end()
        super().teardown()  # type: ignore[no-untyped-call] # RQ leaves it untyped

    def _give(self, handed: _Handed) -> None:
        horse = self._fit_horse()
        try:
            horse.give(handed)
        except OSError:  # It has died since it was looked at.
            horse.kill(SHUTDOWN_SIGNAL)
            horse = self._fit_horse()
            horse.give(handed)
        self._horse_pid = horse.pid

    def _fit_horse(self) -> Horse:
        if self._horse and not self._horse.is_fit():
            self._horse.end()
            self._horse = None
        self._horse = self._horse or Horse(self._become_horse, self._run_handed)
        return self._horse

    def _become_horse(self) -> None:
        random.seed()
        self.setup_work_horse_signals()  # type: ignore[no-untyped-call] # RQ leaves it untyped
        self._is_horse = True
        self.connection = Client(connection_pool=self.connection.connection_pool)
        for queue in self.queues:
            queue.connection = self.connection

    def _run_handed(self, handed: _Handed, answer: Answer) -> None:
        os.environ.update(RQ_WORKER_ID=self.name, RQ_JOB_ID=handed.job_id)
        job = self.job_class(handed.job_id, connection=self.connection, serializer=self.serializer)
        job.restore(handed.stored)
        execution = Execution(handed.execution_id, job.id, self.connection, self.name)
        execution.created_at = handed.started_at
        self.executions = {execution.id: execution}
        queue = next(one for one in self.queues if one.name == handed.queue)
        self._jobs_run += 1
        self._answer = answer
        self.perform_job(job, queue, execution)
        self.tell_stored()

    def tell_stored(self) -> None:
        """Let the worker go on to the next job, if this is its job's process."""
        answer, self._answer = self._answer, None
        if answer:
            answer(
                self._jobs_run < self.settings.worker_max_jobs
                and _memory_mb() < self.settings.worker_max_memory
            )


def _memory_mb() -> float:
    """Return the most memory that this process has held, in mebibytes; getrusage(2)."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
