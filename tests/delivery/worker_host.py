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

from tasks.registry import discover
from tasks.settings import TasksSettings
from tasks.worker import Worker
from tests.delivery.hold import DEQUEUED, ENDING, STARTING, STORED, hold


class HeldWorker(Worker):
    """The worker, stopped at the step that the payload of its job names."""

    _ending: Any = None

    def execute_job(self, job: Any, queue: rq.Queue) -> None:
        """Run the job."""
        self._hold(job, DEQUEUED)
        super().execute_job(job, queue)

    def fork_work_horse(self, job: Any, queue: rq.Queue) -> None:
        """Hand the job to its process."""
        self._hold(job, STARTING)
        super().fork_work_horse(job, queue)

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
