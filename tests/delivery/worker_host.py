"""Keeps workers running as a supervisor does; they stop where their jobs say.

``python -m tests.delivery.worker_host 10`` imports everything once and forks each worker from
that, so that ten are back at once.
"""

import os
import sys
import time
from typing import Any

import redis
import rq
from rq.executions import Execution

from tasks.horse import Answer
from tasks.registry import discover
from tasks.settings import TasksSettings
from tasks.streak_worker import Handed
from tasks.taking import Taken
from tasks.worker import Worker
from tests.delivery.hold import DEQUEUED, ENDING, OPENING, STARTING, STORED, hold

_STREAK_S = 30


class HeldWorker(Worker):
    """The worker, stopped at the step that the payload of its job names.

    It begins a streak with a job that opens one, and with no other.
    """

    _ending: Any = None
    _has_opened = False

    def execute_job(self, job: Any, queue: rq.Queue) -> None:
        """Run the job."""
        self._hold(job, DEQUEUED)
        super().execute_job(job, queue)

    def fork_work_horse(self, job: Any, queue: rq.Queue) -> None:
        """Hand the job to its process."""
        self._hold(job, STARTING)
        super().fork_work_horse(job, queue)

    def run_handed(self, handed: Handed, answer: Answer) -> None:
        """Run the job, and others after it if it opens a streak."""
        self.streak_s = _STREAK_S if self._opens(self._job(handed.job_id)) else 0
        super().run_handed(handed, answer)

    def perform_job(self, job: Any, queue: rq.Queue, execution: Execution) -> bool:
        """Run the job."""
        self._has_opened = self._opens(job)
        return super().perform_job(job, queue, execution)

    def await_job(self, queue: rq.Queue, *, wait_s: float) -> Taken | None:
        """Wait as long as it takes for what follows a job that opened a streak, and no more."""
        deadline = time.monotonic() + _STREAK_S
        taken = None
        while self._has_opened and taken is None and time.monotonic() < deadline:
            taken = super().await_job(queue, wait_s=1)
        return taken

    def start_taken(self, queue: rq.Queue, job_id: str) -> Taken | None:
        """Store the start of a job that was waited for."""
        self._hold(self._job(job_id), DEQUEUED)
        return super().start_taken(queue, job_id)

    def run_taken(self, taken: Taken, queue: rq.Queue) -> None:
        """Run a job of a streak."""
        self._hold(self._job(taken.job_id), STARTING)
        super().run_taken(taken, queue)

    def handle_job_success(
        self, job: Any, queue: rq.Queue, started_job_registry: Any, execution: Execution
    ) -> None:
        """Store the result."""
        self._ending = job
        self._hold(job, ENDING)
        super().handle_job_success(job, queue, started_job_registry, execution)

    def tell_stored(self) -> None:
        """Let the worker go on."""
        job, self._ending = self._ending, None
        if job:
            self._hold(job, STORED)
        super().tell_stored()

    def _job(self, job_id: str) -> Any:
        return self.job_class.fetch(job_id, self.connection, self.serializer)

    def _opens(self, job: Any) -> bool:
        return bool(job.args[0]["step"] == OPENING)

    def _hold(self, job: Any, step: str) -> None:
        if self.is_horse:
            worker, horse = os.getppid(), os.getpid()
        else:
            worker, horse = os.getpid(), self._fit_horse().pid
        hold(job.args[0], job.id, at=step, worker=worker, horse=horse)


def main(count: int) -> None:
    """Keep as many workers running."""
    discover()
    url = TasksSettings.load().redis_url.get_secret_value()
    for _ in range(count):
        _fork(url)
    while True:
        os.wait()
        time.sleep(0.01)
        _fork(url)


def _fork(url: str) -> None:
    if os.fork() == 0:
        try:
            HeldWorker(["default"], connection=redis.Redis.from_url(url)).work()
        finally:
            os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
