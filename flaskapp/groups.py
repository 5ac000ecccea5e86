"""The jobs of a batch, for a client that lost its answer. Knows nothing of how they run."""

from flask import Blueprint

from flaskapp.answers import job_json
from flaskapp.auth import caller, require
from flaskapp.services import services
from tasks.errors import JobNotFound

bp = Blueprint("groups", __name__)


@bp.get("/groups/<group_id>")
@require("run", "admin")
def show(group_id: str) -> dict[str, object]:
    """Return the jobs by their lines, and how many of them have ended.

    Lines without a job, since they were refused or their job is no longer kept, are left out.
    """
    who = caller()
    jobs = {
        line: job
        for line, job in services().queue.fetch_group(group_id).items()
        if job.caller == who.name or "admin" in who.scopes
    }
    if not jobs:
        raise JobNotFound
    return {
        "group_id": group_id,
        "progress": {"done": sum(job.status.is_end for job in jobs.values()), "total": len(jobs)},
        "jobs": [{"line": line, **job_json(job)} for line, job in jobs.items()],
    }
