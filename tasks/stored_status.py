"""Where a job is, as it follows from what RQ stores of it. Knows neither Redis nor jobs."""

from collections.abc import Mapping

import rq.job
from rq.timeouts import JobTimeoutException

from tasks.errors import DeadlinePassed
from tasks.failure import reason
from tasks.job_state import JobStatus

OVERRUN = f"{JobTimeoutException.__module__}.{JobTimeoutException.__qualname__}"
"""How the text of a failure begins when a job has run too long."""

_LATE = f"{DeadlinePassed.__module__}.{DeadlinePassed.__qualname__}"
_STATUSES: Mapping[str, JobStatus] = {
    rq.job.JobStatus.STARTED: JobStatus.STARTED,
    rq.job.JobStatus.FINISHED: JobStatus.FINISHED,
    rq.job.JobStatus.FAILED: JobStatus.FAILED,
    rq.job.JobStatus.STOPPED: JobStatus.CANCELED,
    rq.job.JobStatus.CANCELED: JobStatus.CANCELED,
}
_ENDS: Mapping[str, JobStatus] = {OVERRUN: JobStatus.TIMED_OUT, _LATE: JobStatus.EXPIRED}


def status_of(stored: str, failure: str | None) -> JobStatus:
    """Return where a job is, from the status that RQ stored and the text of its failure."""
    status = _STATUSES.get(stored, JobStatus.QUEUED)
    if status is JobStatus.FAILED and failure is not None:
        return _ENDS.get(reason(failure), status)
    return status
