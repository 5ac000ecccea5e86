"""RQ's worker with one process beside it that runs its jobs, made anew when one dies of a job.

RQ forks a process per job. This is the worker's half: it hands over a job, and watches over it and
those that the process goes on to by itself. Knows neither the log nor what is stored.
"""

import os
import signal
import threading
import time
from typing import Any

import rq
import rq.job
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.timeouts import HorseMonitorTimeoutException
from rq.worker import WorkerStatus
from rq.worker.base import SHUTDOWN_SIGNAL

from tasks.frugal_worker import TICK_S
from tasks.horse import Horse
from tasks.streak_worker import Handed, StreakWorker


class HorseWorker(StreakWorker):
    """Hands its jobs to a :class:`tasks.horse.Horse`.

    That process goes on to further jobs by itself for a while: the worker does not hear of each,
    and looks once a second, or when the process died, how far it has come.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        self.is_overrun = False
        """Whether the last job was killed because it ran too long."""
        self._horse: Horse | None = None
        self._is_watching = False
        self._handing = threading.RLock()  # RQ stops jobs from another thread.
        self._has_limit = False
        self._has_gone_on = False
        self._has_given_sign = False
        self._to_hand_again: Handed | None = None

    def work(self, *args: Any, **options: Any) -> bool:
        """Work, one job at a time where they are counted."""
        self._has_limit = options.get("max_jobs") is not None
        return super().work(*args, **options)

    @property
    def horse_pid(self) -> int:
        """The id of the process that runs a job, or 0."""
        return self._horse.pid if self._horse and self._is_watching else 0

    @property
    def has_lost_horse(self) -> bool:
        """Whether the process of the last job died of it."""
        return self._horse is None

    def fork_work_horse(self, job: Any, queue: rq.Queue) -> None:
        """Hand the job to the process beside this one; fork it first if there is none."""
        execution = next(iter(self.executions.values()))
        handed = Handed(job.id, job.stored, queue.name, execution.id, execution.created_at)
        self.is_overrun = False
        self._to_hand_again = handed
        with self._handing:
            self.hold(job, execution, is_begun=False)
            if len(self.queues) == 1 and not self._has_limit and not self._stop_requested:
                self.shared.open()
            self._give(handed)
            self._is_watching = True
        if self._stopped_job_id == job.id:
            self.kill_horse()

    def monitor_work_horse(self, job: Any, queue: rq.Queue, execution: Execution) -> None:
        """Watch over the job to its end, and over those that its process goes on to."""
        self._watch(job, queue, execution)
        while self._has_gone_on:
            job, execution = self._follow(queue)
            if self._stopped_job_id == job.id:
                self.kill_horse()
            self._watch(job, queue, execution)
        self._is_watching = False

    def maintain_heartbeats(self, job: Any, execution: Execution) -> None:
        """Give a sign of life of the job and its worker."""
        self._has_given_sign = True
        super().maintain_heartbeats(job, execution)

    def wait_for_horse(self) -> tuple[int | None, int | None, Any]:
        """Return how the job's process fared; raises HorseMonitorTimeoutException every second."""
        horse = self._horse
        if horse is None:
            return None, None, None
        left_s = self._left_s()
        if left_s <= 0:
            self._kill_overrun()
        status = horse.wait(min(TICK_S, max(left_s, 0.05)))
        if status == os.EX_OK:
            self._stored_state = WorkerStatus.IDLE  # It was stored with the job's end.
            return horse.pid, status, None
        self._has_gone_on = self.shared.held().execution_id not in self.executions
        if self._has_gone_on:
            return horse.pid, os.EX_OK, None
        if status is None:
            raise HorseMonitorTimeoutException
        horse.end()
        self._horse = None
        self._pace.end()
        if not self.shared.held().is_begun and self._hand_again():
            raise HorseMonitorTimeoutException
        return horse.pid, status, None

    def _hand_again(self) -> bool:
        """Hand a job that its process died before to another, once."""
        handed, self._to_hand_again = self._to_hand_again, None
        with self._handing:
            if not handed or self.is_overrun or self._stopped_job_id == handed.job_id:
                return False
            self._give(handed)
        return True

    def kill_horse(self, sig: signal.Signals = SHUTDOWN_SIGNAL) -> None:
        """Kill the process of the job that runs, unless it is about another job than was meant."""
        with self._handing:
            if not self._horse or not self.horse_pid:
                return
            self.shared.close()  # It goes on to no other job while it is looked at.
            held = self.shared.held()
            if self._stopped_job_id is None or (
                held.is_running and held.job_id == self._stopped_job_id
            ):
                self._horse.kill(sig)
            else:
                self._stopped_job_id = None

    def get_current_job_id(self) -> str | None:
        """Return the id of the job that runs, or None."""
        held = self.shared.held()
        return held.job_id if held.is_running else super().get_current_job_id()

    def request_stop_execution(self, execution_id: str) -> None:
        """Stop an execution."""
        held = self.shared.held()
        if held.is_running and held.execution_id == execution_id:
            self._stopped_job_id = held.job_id
            self.kill_horse()
        else:
            super().request_stop_execution(execution_id)

    def handle_warm_shutdown_request(self) -> None:
        """Let the job that runs be the last."""
        self.shared.close()
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call] # RQ leaves it untyped

    def teardown(self) -> None:
        """Let the process beside this one end, too; a job that it still runs is lost."""
        if self._horse and self.horse_pid:
            self._horse.kill(SHUTDOWN_SIGNAL)
        if self._horse:
            self._horse.end()
        super().teardown()  # type: ignore[no-untyped-call] # RQ leaves it untyped

    def begun(self) -> set[tuple[str, str]]:
        """Return the jobs and executions that may not have ended when this worker must."""
        held = self.shared.held()
        known = {(one.job_id, one.id) for one in self.executions.values()}
        return known | {(held.job_id, held.execution_id)}

    def _watch(self, job: Any, queue: rq.Queue, execution: Execution) -> None:
        """Watch over one job; a sign of life that crossed with its end is taken back."""
        self._has_gone_on = self._has_given_sign = False
        super().monitor_work_horse(job, queue, execution)
        if self._has_given_sign:
            self.connection.delete(execution.key)

    def _follow(self, queue: rq.Queue) -> tuple[Any, Execution]:
        """Return what the process runs now."""
        held = self.shared.held()
        execution = Execution(held.execution_id, held.job_id, self.connection, self.name)
        self.executions = {execution.id: execution}
        try:
            job = self.job_class.fetch(held.job_id, self.connection, self.serializer)
        except NoSuchJobError:  # It has ended, and its result is not kept.
            job = self.job_class(held.job_id, self.connection, self.serializer)
            job.origin, job.timeout = queue.name, -1
        return job, execution

    def _left_s(self) -> float:
        held = self.shared.held()
        return held.kill_at - time.monotonic() if held.is_running else TICK_S

    def _kill_overrun(self) -> None:
        with self._handing:
            self.shared.close()
            if self._horse and self._left_s() <= 0:
                self.is_overrun = True
                self._horse.kill(SHUTDOWN_SIGNAL)

    def _give(self, handed: Handed) -> None:
        horse = self._fit_horse()
        try:
            horse.give(handed)
        except OSError:  # It has died since it was looked at.
            horse.kill(SHUTDOWN_SIGNAL)
            horse = self._fit_horse()
            horse.give(handed)

    def _fit_horse(self) -> Horse:
        if self._horse and not self._horse.is_fit():
            self._horse.end()
            self._horse = None
        self._horse = self._horse or Horse(self.become_horse, self.run_handed)
        return self._horse
