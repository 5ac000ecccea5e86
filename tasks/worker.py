"""The worker class for ``rq worker -w tasks.worker.Worker``. Knows jobs and the log, no HTTP.

Give each worker one queue. From a single queue RQ moves a job to a list from which it can be
brought back; from two or more it takes the job out, and a worker that dies right then loses it.
"""

import json
import logging
import sys
from typing import Any

import rq
import rq.job
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq.exceptions import AbandonedJobError
from rq.job_lifecycle import call_exception_handlers
from rq.utils import ensure_job_list, now

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.log import configure, event
from alerting.masking import masked
from tasks import failure
from tasks.job import Job, status_of
from tasks.job_state import JobStatus
from tasks.payload_keys import process_keys
from tasks.registry import discover
from tasks.serializer import Serializer
from tasks.settings import TasksSettings

_log = logging.getLogger(__name__)

# RQ notices a lost job after 7 to 20 minutes; these bring that down to about half a minute.
_MAINTENANCE_S = 10
_WORKER_TTL_S = 25  # An idle worker wakes up 15 s earlier, and looks after lost jobs then.
_MONITORING_S = 5
_HEARTBEAT_GRACE_S = 20
_OUTAGE_RETRIES = 18  # One second apart but for the first few: a quarter of a minute in all.

_LONGEST_RESULT = 500


class Worker(rq.Worker):
    """RQ's forking worker with piigate's job class and serializer, whatever it was told.

    It looks after lost jobs sooner than RQ, and logs one line per job that ended in its care.
    """

    # How long an idle worker waits, in seconds, before it looks again for a Redis that is gone.
    max_connection_wait_time = 5.0

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        """Take RQ's arguments; the classes are fixed, since pickles in Redis could run anything."""
        options |= {
            "job_class": Job,
            "serializer": Serializer,
            "log_job_description": False,
            "maintenance_interval": _MAINTENANCE_S,
            "worker_ttl": _WORKER_TTL_S,
            "job_monitoring_interval": _MONITORING_S,
        }
        super().__init__(_names(queues), name, **options)
        # A job that ran while Redis was restarted is stored when Redis is back, and not run again.
        self.connection.set_retry(Retry(ExponentialBackoff(cap=1, base=0.05), _OUTAGE_RETRIES))
        self._exc_handlers.append(_log_abandoned)

    def bootstrap(self, *_args: Any, **_kwargs: Any) -> None:
        """Send RQ's log and ours one way; have tasks and keys at hand before the first fork."""
        settings = TasksSettings.load()
        configure(settings, stderr=settings.log_file is None or sys.stderr.isatty())
        _quieten_rq()
        discover()
        process_keys()
        super().bootstrap(logging_level=None)
        event(_log, "worker started", reason=f"serves {', '.join(self.queue_names())}")

    def teardown(self) -> None:
        """Say goodbye."""
        super().teardown()  # type: ignore[no-untyped-call] # RQ leaves it untyped
        event(_log, "worker stopped")

    def get_heartbeat_ttl(self, job: rq.job.Job, working_time: float = 0.0) -> int:
        """Return after how many seconds without a sign of life a job counts as lost."""
        return super().get_heartbeat_ttl(job, working_time) - 60 + _HEARTBEAT_GRACE_S

    def handle_exception(self, job: rq.job.Job, *exc_info: Any) -> None:
        """Call the handlers alone: RQ's own line would hold the payload."""
        call_exception_handlers(self._exc_handlers, job, *exc_info)

    def handle_job_success(self, job: Any, *args: Any, **kwargs: Any) -> None:
        """Store the result, then log the job's line."""
        super().handle_job_success(job, *args, **kwargs)
        _log_job(job, JobStatus.FINISHED, result=_shown(job._result))  # noqa: SLF001 - RQ sets it

    def handle_job_failure(self, job: Any, *args: Any, **kwargs: Any) -> None:
        """Store the failure, then log the job's line; the last to know runs this.

        That is the job's process, or the worker when that process was killed.
        """
        super().handle_job_failure(job, *args, **kwargs)
        if job.failure is not None:
            status = status_of(job.get_status(refresh=False), job.failure)
            _log_job(job, status, reason=failure.reason(job.failure))


def _quieten_rq() -> None:
    """Take RQ's log our way, errors alone: the rest repeats the jobs' lines, or says less."""
    for name in ("rq", "rq.worker", "rq.job"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.ERROR)


def _names(queues: Any) -> list[str]:
    return [queue if isinstance(queue, str) else queue.name for queue in ensure_job_list(queues)]


def _log_abandoned(job: Job, kind: type[BaseException], *_exc_info: Any) -> None:
    """Log a job whose worker is gone; for every other exception the job's own line is enough."""
    if kind is AbandonedJobError:
        _log_job(job, JobStatus.FAILED, reason="rq.exceptions.AbandonedJobError")


def _log_job(
    job: Job, status: JobStatus, *, result: str | None = None, reason: str | None = None
) -> None:
    # What a forged job says of itself is anybody's text.
    claims = {} if job.is_forged else job.meta
    duration = (job.ended_at or now()) - job.started_at if job.started_at else None
    event(
        _log,
        "job",
        level=_level(job, status),
        request_id=claims.get("request_id"),
        caller=claims.get("caller"),
        task=claims.get("task"),
        status=status.value,
        duration_ms=round(duration.total_seconds() * 1000) if duration else None,
        job_id=job.id,
        result=result,
        reason=reason,
    )


def _level(job: Job, status: JobStatus) -> int:
    if job.is_forged:
        return logging.ERROR
    return logging.INFO if status is JobStatus.FINISHED else logging.WARNING


def _shown(result: JsonValue) -> str:
    """Return the result for the log: masked, and shortened after that."""
    try:
        text = json.dumps(masked(result, scan(result)), ensure_ascii=False)
    except Exception as error:  # noqa: BLE001 - its log line must not fail a job that finished
        return f"not shown: {type(error).__name__}"
    return text if len(text) <= _LONGEST_RESULT else f"{text[:_LONGEST_RESULT]}…"
