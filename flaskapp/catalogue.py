"""The tasks that a caller may name."""

from flask import Blueprint

from flaskapp.auth import require
from flaskapp.services import services

bp = Blueprint("catalogue", __name__)


@bp.get("/tasks")
@require("run")
def index() -> dict[str, object]:
    """List the tasks, each with the first line of its documentation."""
    gate = services()
    return {
        "default": gate.settings.default_task,
        "tasks": [{"name": task.name, "summary": task.summary} for task in gate.tasks],
    }
