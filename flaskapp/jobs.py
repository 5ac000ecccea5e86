"""A job's state and result, or its early end, for the caller that submitted it.

Knows nothing of how it runs.
"""

from flask import Blueprint, request

from flaskapp.answers import job_json
from flaskapp.auth import caller, require
from flaskapp.presence import watch_client
from flaskapp.problems import Problem
from flaskapp.request_log import note
from flaskapp.seconds import parse_seconds
from flaskapp.services import Services, services
from tasks.errors import JobNotFound
from tasks.job_state import JobState, JobStatus

bp = Blueprint("jobs", __name__)


@bp.get("/jobs/<job_id>")
@require("run", "admin")
def show(job_id: str) -> dict[str, object]:
    """Return the job, after waiting for its end if the caller asks for that."""
    gate = services()
    wait_s = _wait_s(gate.settings.max_wait)
    job = visible_job(gate, job_id)
    if wait_s and not job.status.is_end:
        is_given_up = watch_client(request.environ)
        job = gate.queue.wait(job.id, timeout_s=wait_s, is_given_up=is_given_up)
    return job_json(job)


@bp.delete("/jobs/<job_id>")
@require("run", "admin")
def cancel(job_id: str) -> tuple[dict[str, object], int]:
    """Cancel the job: queued, it never runs; running, it is stopped.

    The answer is 202 when it has not stopped yet, and the same as before when it was canceled
    already (RFC 9110, 9.2.2). What ended otherwise cannot be undone, and is refused.
    """
    gate = services()
    job = gate.queue.cancel(visible_job(gate, job_id).id)
    note(job_status=job.status.value)
    if job.status.is_end and job.status is not JobStatus.CANCELED:
        raise Problem("job-ended", f"The job's status is `{job.status.value}`.")
    return job_json(job), 200 if job.status.is_end else 202


def visible_job(gate: Services, job_id: str) -> JobState:
    """Return the job; raises JobNotFound also when it is another caller's."""
    job = gate.queue.fetch(job_id)
    who = caller()
    if job.caller != who.name and "admin" not in who.scopes:
        raise JobNotFound
    note(job_id=job.id, task=job.task)
    return job


def _wait_s(max_wait_s: int) -> float:
    wait_s = parse_seconds(request.args.get("wait", "0"))
    if wait_s is None or wait_s > max_wait_s:
        raise Problem("invalid-parameter", f"`wait` takes seconds from 0 to {max_wait_s}.")
    return wait_s
