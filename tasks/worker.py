"""The worker class for ``rq worker -w tasks.worker.Worker``. Knows jobs and the log, no HTTP.

Give each worker one queue. From a single queue RQ moves a job to a list from which it can be
brought back; from two or more it takes the job out, and a worker that dies right then loses it.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

import rq
import rq.job
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job_lifecycle import call_exception_handlers
from rq.utils import ensure_job_list
from rq.worker import WorkerStatus

from alerting.log import configure, event
from alerting.masking import json_masker
from tasks import failure
from tasks.alert_clock import AlertClock
from tasks.alert_handler import ALERTS_QUEUE, AlertHandler
from tasks.cpu_scheduling import use_batch_policy
from tasks.errors import Superseded
from tasks.job_log import job_line, log_abandoned, log_job, log_superseded, shown
from tasks.job_state import JobStatus
from tasks.payload_keys import process_keys
from tasks.reaper import Reaper
from tasks.recovery import Recovery
from tasks.registry import discover
from tasks.returning_worker import ReturningWorker
from tasks.rq_queue import Queue
from tasks.script import nothing
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tasks.stored_job import StoredJob
from tasks.stored_status import OVERRUN, status_of

_log = logging.getLogger(__name__)

# RQ notices a lost job after 7 to 20 minutes; these bring that down to about half a minute.
_MAINTENANCE_S = 10
_WORKER_TTL_S = 25  # An idle worker wakes up 15 s earlier, and looks after lost jobs then.
_MONITORING_S = 5

_KILLED = f"{OVERRUN}\n  killed, since it could not be interrupted"


class Worker(ReturningWorker):
    """RQ's worker with piigate's job class and serializer, whatever it was told.

    It runs its jobs in one process beside it, not in a new one each; it looks after lost jobs
    sooner than RQ, talks less to Redis, and logs one line per job that ended in its care.
    """

    # How long an idle worker waits, in seconds, before it looks again for a Redis that is gone.
    max_connection_wait_time = 5.0
    log_result_lifespan = False
    _reaper: Reaper
    _line: tuple[Any, Callable[[], object]] = (None, nothing)
    """A job that ended, and what logs its line."""

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        """Take RQ's arguments; the classes are fixed, since pickles in Redis could run anything."""
        options |= {
            "job_class": StoredJob,
            "queue_class": Queue,
            "serializer": Serializer,
            "log_job_description": False,
            "maintenance_interval": _MAINTENANCE_S,
            "worker_ttl": _WORKER_TTL_S,
            "job_monitoring_interval": _MONITORING_S,
        }
        super().__init__(_names(queues), name, **options)
        self._mask = json_masker(())
        self._exc_handlers.append(log_abandoned)

    def bootstrap(self, *_args: Any, **_kwargs: Any) -> None:
        """Send RQ's log and ours one way; have tasks and keys at hand before the first fork."""
        use_batch_policy()
        settings = self.settings = TasksSettings.load()
        configure(settings, stderr=settings.log_file is None or sys.stderr.isatty())
        self._mask = json_masker(settings.detect_regions)
        _quieten_rq()
        discover()
        process_keys()
        self._recovery = Recovery(self.connection, max_deliveries=settings.max_deliveries)
        self._reaper = Reaper(
            self.connection, self._recovery, name=self.name, also=self._clocks(settings)
        )
        super().bootstrap(logging_level=None)
        self._reaper.start()
        event(_log, "worker started", reason=f"serves {', '.join(self.queue_names())}")

    def _clocks(self, settings: TasksSettings) -> list[Callable[[], None]]:
        """Return what a worker of the alerts looks after, beside its jobs."""
        if ALERTS_QUEUE not in self.queue_names():
            return []
        handler = AlertHandler(settings, self.connection, keys=process_keys())
        return [AlertClock(self.connection, handler).tick]

    def teardown(self) -> None:
        """Say goodbye; a Redis that is gone is not waited for."""
        self.wait_no_longer()
        self._reaper.stop()
        super().teardown()
        event(_log, "worker stopped")

    def clean_registries(self) -> None:
        """Bring back lost jobs before RQ's maintenance fails them.

        RQ ends a worker that is not busy by an exception wherever it is; not here.
        """
        state, self._state = self._state, WorkerStatus.BUSY
        try:
            for queue in self.queues:
                self._reaper.bring_back_expired(queue.name)
        finally:
            self._state = state
        if self._stop_requested:
            raise StopRequested
        super().clean_registries()  # type: ignore[no-untyped-call] # RQ leaves it untyped

    def handle_exception(self, job: rq.job.Job, *exc_info: Any) -> None:
        """Call the handlers alone: RQ's own line would hold the payload."""
        call_exception_handlers(self._exc_handlers, job, *exc_info)

    def prepare_line(self, job: Any) -> None:
        """Mask the result for the job's line, and put that into words."""
        result = shown(job._result, self._mask)  # noqa: SLF001 - RQ sets it
        self._line = job, job_line(job, JobStatus.FINISHED, result=result)

    def handle_job_success(
        self, job: Any, queue: rq.Queue, started_job_registry: Any, execution: Execution
    ) -> None:
        """Store the result, then log the job's line."""
        try:
            super().handle_job_success(job, queue, started_job_registry, execution)
        except Superseded:
            self._discard_late(job, execution)
            return
        self.tell_stored()
        if self._line[0] is not job:
            self.prepare_line(job)
        _, log = self._line
        log()

    def handle_job_retry(
        self,
        job: Any,
        queue: rq.Queue,
        retry: rq.Retry,
        started_job_registry: Any,
        execution: Execution,
    ) -> None:
        """Store that the job is to run again, which gets no line."""
        try:
            super().handle_job_retry(job, queue, retry, started_job_registry, execution)
        except Superseded:
            self._discard_late(job, execution)

    def handle_job_failure(
        self,
        job: Any,
        queue: rq.Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Store the failure, then log the job's line; the last to know runs this.

        That is the job's process, or the worker when that process was killed.
        """
        if self.is_overrun:
            exc_string = _KILLED
        try:
            super().handle_job_failure(job, queue, started_job_registry, exc_string, execution)
        except Superseded:
            self._discard_late(job, execution)
            return
        self.tell_stored()
        if job.failure is not None:
            status = status_of(job.get_status(refresh=False), job.failure)
            log_job(job, status, reason=failure.reason(job.failure))

    def _discard_late(self, job: Any, execution: Execution | None) -> None:
        """Log an end that comes too late, and leave the job to whoever has it now."""
        log_superseded(job)
        if execution:
            self.leave(job, execution)


def _quieten_rq() -> None:
    """Take RQ's log our way, errors alone: the rest repeats the jobs' lines, or says less."""
    for name in ("rq", "rq.worker", "rq.job"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.ERROR)


def _names(queues: Any) -> list[str]:
    return [queue if isinstance(queue, str) else queue.name for queue in ensure_job_list(queues)]
