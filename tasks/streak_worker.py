"""What the process beside a worker does: a job that it was handed, and a streak of others after it.

It takes these from the queue itself, so that the worker need not wake up for each of them. It
leaves the streak, and the next move to its worker, when the queue stays empty, after a second, or
when the worker or its own age asks for it. Knows neither the log nor how processes are made.
"""

import gc
import os
import random
import resource
import sys
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import redis
import rq
import rq.job
from rq.exceptions import NoSuchJobError
from rq.executions import Execution

from tasks.alarm import Alarm
from tasks.errors import TakenBack
from tasks.fenced_worker import FencedWorker
from tasks.frugal_worker import TICK_S
from tasks.held import Held, Shared
from tasks.horse import Answer
from tasks.settings import TasksSettings
from tasks.stored_job import StoredJob
from tasks.taking import Taken, Taking

_WAIT_S = 0.2
"""How long the process waits for another job before it leaves the waiting to its worker."""

_LOOK_S = 0.01
"""Jobs that follow one another within this share a look at the memory."""

_SOON_BYTES = 65_536
"""A call that is longer is opened once it is known that this process has begun the job."""


class Handed(NamedTuple):
    """A job on its way to the process that runs it."""

    job_id: str
    stored: Any
    queue: str
    execution_id: str
    started_at: datetime


class StreakWorker(FencedWorker):
    """The half of a worker that lives in the process of its jobs."""

    settings: TasksSettings
    streak_s = TICK_S
    """How long the process goes on by itself."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        self.shared = Shared()
        self._wait_s = 0.0
        # In the job's process alone:
        self._answer: Answer | None = None
        self._taking: Taking | None = None
        self._leaves_at = 0.0
        self._jobs_run = 0
        self._fitness = (0, True)  # After so many jobs.
        self._memory = (0.0, True)  # When it was looked at, and whether it was little.

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[rq.job.Job, rq.Queue] | None:
        """Take a job from the queues; note whether waiting for one is wanted."""
        self._wait_s = 0 if timeout is None else _WAIT_S
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    def become_horse(self) -> None:
        """Live as the process of the jobs from now on."""
        gc.freeze()  # What the worker has loaded is never garbage, and need not be looked through.
        gc.set_threshold(10_000)  # Nor is what a job makes, in the time of one.
        random.seed()
        self.setup_work_horse_signals()  # type: ignore[no-untyped-call] # RQ leaves it untyped
        self._is_horse = True
        self.death_penalty_class = Alarm
        os.environ["RQ_WORKER_ID"] = self.name

    def run_handed(self, handed: Handed, answer: Answer) -> None:
        """Run the job, and those that the queue has then."""
        self._answer, self._leaves_at = answer, time.monotonic() + self.streak_s
        execution = Execution(handed.execution_id, handed.job_id, self.connection, self.name)
        execution.created_at = handed.started_at
        queue = next(one for one in self.queues if one.name == handed.queue)
        job = StoredJob.read(handed.job_id, handed.stored, self.connection)
        self._run(job, queue, execution)
        while (taken := self._next(queue)) is not None:
            self.run_taken(taken, queue)
        self._tell()

    def hold(self, job: Any, execution: Execution, *, is_begun: bool = True) -> None:
        """Say to worker and process that the job begins, or is on its way to where it will."""
        timeout_s = job.timeout if job.timeout and job.timeout > 0 else float("inf")
        kill_at = time.monotonic() + timeout_s + self.settings.job_grace
        self.shared.hold(
            Held(job_id=job.id, execution_id=execution.id, kill_at=kill_at, is_begun=is_begun)
        )

    def next_taking(self, queue: rq.Queue) -> Taking | None:
        """Take another job in the round trip that stores this one's end, if the streak goes on.

        Another try to store the end takes the same one.
        """
        if self._taking is None and self._goes_on():
            self._taking = self.taking(queue)
            self._taking.call.then = self._make_ready
        return self._taking

    def handle_execution_ended(self, job: Any, *args: Any, **kwargs: Any) -> None:
        """Note when the job ended, and that it can no longer be stopped."""
        self.shared.let_go()
        super().handle_execution_ended(job, *args, **kwargs)

    def tell_stored(self) -> None:
        """Let the worker go on, if this is the process of the jobs and does not go on itself."""
        if self._taking is None and not self._goes_on():
            self._tell()

    def _next(self, queue: rq.Queue) -> Taken | None:
        """Return another job that was taken from the queue, or None at the end of the streak."""
        taking, self._taking = self._taking, None
        try:
            if taking is None and self._goes_on():
                taking = self.taking(queue)
                self.connection.call(taking.call)
            taken = taking.taken if taking else None
            if taken is None and self._goes_on() and self._wait_s:
                with self.shared.taking():
                    taken = self.await_job(queue, wait_s=self._wait_s)
        except redis.RedisError:  # The worker waits for Redis; a reaper finds what was taken.
            return None
        return taken

    def _make_ready(self) -> None:
        """Read what was taken, and open it if that is short; what is wrong shows when it runs."""
        with suppress(Exception):
            taken = self._taking and self._taking.taken
            if taken and len(taken.stored[b"data"]) <= _SOON_BYTES:
                _ = taken.job(self.connection).args

    def run_taken(self, taken: Taken, queue: rq.Queue) -> None:
        """Run a job that this process has taken itself."""
        with suppress(NoSuchJobError, TakenBack):
            job = taken.job(self.connection)
            execution = taken.execution or self.prepare_execution(job)
            self._run(job, queue, execution)

    def _run(self, job: Any, queue: rq.Queue, execution: Execution) -> None:
        self.hold(job, execution)
        os.environ["RQ_JOB_ID"] = job.id
        self.executions = {execution.id: execution}
        self._jobs_run += 1
        self.perform_job(job, queue, execution)

    def _tell(self) -> None:
        answer, self._answer = self._answer, None
        if answer:
            answer(self._is_fit())

    def _goes_on(self) -> bool:
        return (
            self._answer is not None
            and self.shared.is_open
            and time.monotonic() < self._leaves_at
            and self._is_fit()
        )

    def _is_fit(self) -> bool:
        """Return whether this process may run another job; looks once after each."""
        if self._fitness[0] != self._jobs_run:
            is_fit = self._jobs_run < self.settings.worker_max_jobs and self._is_small()
            self._fitness = self._jobs_run, is_fit
        return self._fitness[1]

    def _is_small(self) -> bool:
        """Return whether this process holds little memory; many short jobs share a look."""
        now = time.monotonic()
        if now - self._memory[0] > _LOOK_S:
            self._memory = now, _memory_mb() < self.settings.worker_max_memory
        return self._memory[1]


def _memory_mb() -> float:
    """Return the most memory that this process has held, in mebibytes; getrusage(2)."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
