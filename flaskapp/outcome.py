"""What became of an accepted payload: its job's end, or the job as it is. Knows no requests."""

from collections.abc import Callable, Mapping

from flaskapp.acceptance import Accepted
from flaskapp.problems import Problem
from tasks.errors import JobNotFound, NotSubmitted, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.ports import JobQueue

_PROBLEM_OF_END = {
    JobStatus.FAILED: "task-failed",
    JobStatus.TIMED_OUT: "task-timeout",
    JobStatus.CANCELED: "job-canceled",
    JobStatus.EXPIRED: "deadline-passed",
}


def outcome(
    queue: JobQueue,
    accepted: Accepted,
    *,
    timeout_s: float,
    is_given_up: Callable[[], bool],
    headers: Mapping[str, str] | None = None,
) -> JobState:
    """Return the job when it has finished, or as it is when the wait ends.

    Once the queue has accepted the job, losing sight of the queue is no reason to call it failed.
    Raises Problem, with the headers, when the job ended otherwise, NotSubmitted.
    """
    if not timeout_s and not accepted.is_replayed:
        return accepted.job
    try:
        job = queue.wait(accepted.job.id, timeout_s=timeout_s, is_given_up=is_given_up)
    except NotSubmitted:
        raise
    except QueueUnavailable:
        return accepted.job
    except JobNotFound:
        raise Problem("result-expired" if accepted.is_replayed else "job-canceled") from None
    if slug := _PROBLEM_OF_END.get(job.status):
        raise Problem(slug, headers=headers)
    return job
