"""A job's state and result, for the caller that submitted it. Knows nothing of how it runs."""

import re

from flask import Blueprint, request

from flaskapp.answers import job_json
from flaskapp.auth import caller, require
from flaskapp.problems import Problem
from flaskapp.request_log import note
from flaskapp.services import services
from tasks.errors import JobNotFound
from tasks.job_state import JobState

bp = Blueprint("jobs", __name__)

_SECONDS = re.compile(r"[0-9]{1,9}")


@bp.get("/jobs/<job_id>")
@require("run", "admin")
def show(job_id: str) -> dict[str, object]:
    """Return the job, after waiting for its end if the caller asks for that."""
    gate = services()
    wait_s = _wait_s(gate.settings.max_wait)
    job = gate.queue.fetch(job_id)
    if not _is_visible(job):
        raise JobNotFound
    note(job_id=job.id, task=job.task)
    if wait_s and not job.status.is_end:
        job = gate.queue.wait(job.id, timeout_s=wait_s)
    return job_json(job)


def _is_visible(job: JobState) -> bool:
    who = caller()
    return job.caller == who.name or "admin" in who.scopes


def _wait_s(max_wait_s: int) -> int:
    given = request.args.get("wait", "0")
    if not _SECONDS.fullmatch(given) or int(given) > max_wait_s:
        detail = f"`wait` takes whole seconds from 0 to {max_wait_s}."
        raise Problem("invalid-parameter", detail)
    return int(given)
