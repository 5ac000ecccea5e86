"""rq-dashboard at `/rq`, made safe: who may see it, what it shows, what its pages may run.

The dashboard has no authentication, trusts every value of Redis as HTML and every page of the web
with its buttons. What it reads from Redis is the matter of ``flaskapp/dashboard_jobs.py``.
"""

import re
import secrets

from flask import Blueprint, Flask, Response, request
from redis import Redis
from redis.exceptions import RedisError
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq_dashboard import web
from werkzeug.exceptions import Conflict, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response as BaseResponse

from flaskapp import login
from flaskapp.auth import check_scope, refuse, require
from flaskapp.dashboard_jobs import use_our_jobs
from flaskapp.problems import answer
from flaskapp.same_origin import require_same_origin
from tasks.errors import JobNotFound, QueueUnavailable

# What the parts of an address may be. Two of them end up in scripts as they are.
_ARGUMENTS = {
    "instance_number": r"0",
    "job_id": r"[\w.:-]+",
    "order": r"asc|dsc",
    "page": r"[1-9]\d{0,6}",
    "per_page": r"[1-9]\d{0,2}",
    "queue_name": r"[\w.:-]+",
    "registry_name": r"queued|started|deferred|finished|failed|canceled|scheduled",
}


def register(app: Flask, connection: Redis) -> None:
    """Add the dashboard of the queues behind this connection, which may be opened later."""
    use_our_jobs()
    app.redis_conn = connection  # type: ignore[attr-defined] # where rq-dashboard looks for it
    # The dashboard shows this as the name of the one instance.
    app.config["RQ_DASHBOARD_REDIS_URL"] = ["redis"]
    app.register_blueprint(_blueprint(), url_prefix="/rq")


def _blueprint() -> Blueprint:
    """Return rq-dashboard's routes without its hook that connects to Redis, and with ours."""
    bp = Blueprint(
        "rq_dashboard", web.__name__, template_folder="templates", static_folder="static"
    )
    bp.deferred_functions.extend(web.blueprint.deferred_functions)
    bp.context_processor(web.inject_interval)
    bp.before_request(_admit)
    bp.before_request(_check_address)
    bp.after_request(_harden)
    bp.register_error_handler(NoSuchJobError, lambda _: answer(JobNotFound()))
    bp.register_error_handler(InvalidJobOperation, lambda _: answer(Conflict()))
    bp.register_error_handler(RedisError, lambda _: answer(QueueUnavailable()))
    return bp


def _admit() -> BaseResponse | None:
    """Let administrators in: programs by their token, people by their session."""
    if "Authorization" in request.headers:
        return _admit_program()
    who = login.signed_in()
    if "text/html" in request.headers.get("Accept", "") and (
        who is None or "admin" not in who.scopes
    ):
        return login.ask("admin")
    check_scope(who or refuse(), "admin")
    if request.method not in {"GET", "HEAD"}:
        require_same_origin()
    return None


@require("admin")
def _admit_program() -> None:
    """Return when the bearer token opens the dashboard."""


def _check_address() -> None:
    """Refuse addresses that the dashboard would mistake for script, or not understand."""
    for name, value in (request.view_args or {}).items():
        allowed = _ARGUMENTS.get(name)
        if allowed and value is not None and not re.fullmatch(allowed, str(value)):
            raise NotFound
    if request.endpoint == "rq_dashboard.requeue_all" and request.method != "POST":
        raise MethodNotAllowed(valid_methods=["POST"])


def _harden(response: Response) -> Response:
    """Escape what the page's templates insert, and let no script run but the page's own.

    The pages are rendered in the browser by underscore, where ``<%=`` inserts raw and ``<%-``
    escaped; the one value that is escaped by hand stays as it is. Underscore compiles templates
    with ``Function``, hence ``unsafe-eval``; handlers and scripts inserted into the page do not
    run without the nonce.
    """
    if response.mimetype != "text/html":
        return response
    nonce = secrets.token_urlsafe(16)
    page = re.sub(r"<%=(?!\s*\$\()", "<%-", response.get_data(as_text=True))
    script = 'type="text/javascript"'
    response.set_data(page.replace(script, f'{script} nonce="{nonce}"'))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-eval'; style-src 'self'; "
        "style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
