"""The one line of the log that each job gets at its end. Knows neither queues nor processes."""

import logging
from collections.abc import Callable

from rq.exceptions import AbandonedJobError
from rq.utils import now

from alerting.finding import JsonValue
from alerting.log import event, prepared
from alerting.masking import Masked, MaskPayload
from tasks.alert_handler import HANDLE_TASK
from tasks.job import Job
from tasks.job_state import JobStatus

_log = logging.getLogger("tasks.worker")

ABANDONED = f"{AbandonedJobError.__module__}.{AbandonedJobError.__qualname__}"
_LONGEST_RESULT = 500


def log_job(job: Job, status: JobStatus, *, reason: str | None = None) -> None:
    """Log a job that ended."""
    job_line(job, status, reason=reason)()


def job_line(
    job: Job, status: JobStatus, *, result: Masked | None = None, reason: str | None = None
) -> Callable[[], object]:
    """Return what logs a job that ended, once its end is stored."""
    # What a forged job says of itself is anybody's text.
    claims = {} if job.is_forged else job.meta
    duration = (job.ended_at or now()) - job.started_at if job.started_at else None
    return prepared(
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
    if status is not JobStatus.FINISHED:
        return logging.WARNING
    # It runs once a minute, whether there is something to do or not.
    return logging.DEBUG if job.meta.get("task") == HANDLE_TASK else logging.INFO


def log_abandoned(job: Job, kind: type[BaseException], *_exc_info: object) -> None:
    """Log a job whose worker is gone; for every other exception the job's own line is enough."""
    if kind is AbandonedJobError:
        log_job(job, JobStatus.FAILED, reason=ABANDONED)


def log_superseded(job: Job) -> None:
    """Log an end that came too late; what became of the job is told in its own line."""
    claims = {} if job.is_forged else job.meta
    event(
        _log,
        "late end of a job discarded",
        level=logging.WARNING,
        request_id=claims.get("request_id"),
        caller=claims.get("caller"),
        task=claims.get("task"),
        job_id=job.id,
        reason="its worker was silent for too long, or somebody deleted the job",
    )


def shown(result: JsonValue, mask: MaskPayload) -> Masked:
    """Return the result for the log: masked, and shortened after that."""
    try:
        text = mask(result)
    except Exception as error:  # noqa: BLE001 - its log line must not fail a job that finished
        return Masked(f"not shown: {type(error).__name__}")
    return Masked(text if len(text) <= _LONGEST_RESULT else f"{text[:_LONGEST_RESULT]}…")
