"""RQ's worker that gives back the jobs it cannot finish. Knows neither the log nor settings.

A job goes back at once where this worker knows what became of it. Of what it cannot know, or cannot
tell a Redis that is gone, other workers' reapers learn.
"""

import signal
import time
from contextlib import suppress
from types import FrameType
from typing import Any, Self

import redis
import rq
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq.executions import Execution
from rq.utils import as_text
from rq.worker import WorkerStatus

from tasks.errors import TakenBack
from tasks.horse_worker import HorseWorker
from tasks.recovery import Delivery, Recovery

_OUTAGE_RETRIES = 18  # One second apart but for the first few: a quarter of a minute in all.
_LAST_RETRIES = 1

_TO_BE_STARTED_S = 1.0
"""How long a job may stay taken and not started before it counts as that of a dead process."""

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Patience(Retry):
    """How long a Redis that is gone is waited for; all connections share one."""

    def __deepcopy__(self, _memo: object) -> Self:
        """Return the same: a connection would wait on by a copy of its own."""
        return self

    def end(self) -> None:
        """Wait no longer, wherever somebody waits now."""
        self.update_retries(_LAST_RETRIES)


class ReturningWorker(HorseWorker):
    """Brings back what its process died before, and what it runs itself when it must stop."""

    _recovery: Recovery

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        # A job that ran while Redis was restarted is stored when Redis is back, and not run again.
        self._patience = Patience(ExponentialBackoff(cap=1, base=0.05), _OUTAGE_RETRIES)
        self.connection.set_retry(self._patience)

    def execute_job(self, job: Any, queue: rq.Queue) -> None:
        """Run the job in the process beside this one; hand it back when this one must stop."""
        self._stopped_job_id = None
        stop = None
        try:
            super().execute_job(job, queue)
        except TakenBack:
            self.set_state(WorkerStatus.IDLE)
        except SystemExit as error:
            stop = error
        if stop:
            with suppress(redis.RedisError):
                self._bring_back_begun(queue)
                self._bring_back_unbegun(queue)
            raise stop

    def monitor_work_horse(self, job: Any, queue: rq.Queue, execution: Execution) -> None:
        """Watch over the jobs of the process beside this one; bring back what it died before."""
        super().monitor_work_horse(job, queue, execution)
        if self.has_lost_horse:
            self._bring_back_unbegun(queue)

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop hard, unless RQ takes the signal for the first one, which came within a second.

        Whoever sends yet another must not interrupt the job's way back to its queue.
        """
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            super().request_force_stop(signum, frame)
        except SystemExit:
            self.wait_no_longer()
            raise
        for number in _STOP_SIGNALS:
            signal.signal(number, self.request_force_stop)

    def wait_no_longer(self) -> None:
        """Let no thread wait for a Redis that is gone."""
        self._patience.end()

    def _bring_back_begun(self, queue: rq.Queue) -> None:
        """Bring back what may not have ended."""
        for job_id, execution_id in self.begun():
            self._recovery.bring_back(
                Delivery(queue=queue.name, job_id=job_id, execution_id=execution_id)
            )

    def _bring_back_unbegun(self, queue: rq.Queue) -> None:
        """Bring back what the process took from the queue and had not begun when it died."""
        for entry in map(as_text, self.connection.smembers(self.executions_key)):
            job_id, _, execution_id = entry.rpartition(":")
            if execution_id != self.shared.held().execution_id:
                self._recovery.bring_back(
                    Delivery(
                        queue=queue.name,
                        job_id=job_id,
                        execution_id=execution_id,
                        is_begun=False,
                    )
                )
                self.connection.srem(self.executions_key, entry)
        if self.shared.has_died_taking():
            self._bring_back_taken(queue)

    def _bring_back_taken(self, queue: rq.Queue) -> None:
        """Bring back what the process took and had not started.

        Workers share the list of what is taken, and start theirs at once; one of ours that does so
        too late finds that the job is another's.
        """
        taken = self._taken(queue)
        if taken:
            time.sleep(_TO_BE_STARTED_S)
            for job_id in taken & self._taken(queue):
                self._recovery.bring_back(Delivery(queue=queue.name, job_id=job_id))

    def _taken(self, queue: rq.Queue) -> set[str]:
        entries = self.connection.lrange(queue.intermediate_queue_key, 0, -1)
        return {as_text(entry) for entry in entries}
