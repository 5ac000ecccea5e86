"""Whether this process lives and can serve; for supervisors and load balancers, without a token.

Workers are left out on purpose: without them jobs wait, but the gateway still accepts them, and
taking it out of service would lose what it could keep.
"""

from tempfile import TemporaryFile

from flask import Blueprint

from alerting.errors import DatabaseUnavailable
from alerting.records.record import Filter
from flaskapp.problems import Problem
from flaskapp.services import Services, services
from flaskapp.settings import WebSettings
from tasks.errors import QueueUnavailable
from tasks.ports import JobQueue

bp = Blueprint("health", __name__)


@bp.get("/livez")
def livez() -> dict[str, str]:
    """Answer as long as the process can."""
    return {"status": "alive"}


@bp.get("/readyz")
def readyz() -> dict[str, object]:
    """Answer 200 when a request can be served, 503 when not."""
    gate = services()
    works = {
        "queue": _queue_answers(gate.queue),
        "alerts": _alerts_answer(gate),
        "reports": reports_writable(gate.settings),
    }
    checks = {part: "ok" if well else "failed" for part, well in works.items()}
    if not all(works.values()):
        raise Problem("not-ready", members={"checks": checks})
    return {"status": "ready", "checks": checks}


def _queue_answers(queue: JobQueue) -> bool:
    try:
        queue.ping()
    except QueueUnavailable:
        return False
    return True


def _alerts_answer(gate: Services) -> bool:
    """Whether the database of alerts answers, where a request cannot do without."""
    settings = gate.settings
    if settings.alert_failure == "open" or settings.alert_recording == "queued":
        return True
    try:
        gate.records.page(Filter(), limit=1)
    except DatabaseUnavailable:
        return False
    return True


def reports_writable(settings: WebSettings) -> bool:
    """Whether an alert could be recorded now: a full disk shows only when something is written."""
    if settings.alert_failure == "open" or settings.alert_reports == "off":
        return True
    try:
        settings.error_reports.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.error_reports) as probe:
            probe.write(b"probe")
            probe.flush()
    except OSError:
        return False
    return True
