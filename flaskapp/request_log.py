"""One line per request, and the id that joins it to the job's line.

Views note facts while they learn them; the line is written once, when the answer is ready. It
names the route, never the path that was asked for, because a path may hold personal data.
"""

import logging
import re
import time

from flask import Flask, Request, Response, g, request

from alerting import log
from alerting.detector import scan_text
from alerting.fibers import let_others_catch_up
from alerting.ids import new_id

REQUEST_ID_HEADER = "X-Request-ID"

_logger = logging.getLogger(__name__)
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The console asks for its parts every few seconds.
_PROBES = frozenset({"/livez", "/readyz", "/console/live"})


def register(app: Flask) -> None:
    """Give every request an id and its line.

    Call it before any other hook is registered: Flask runs the first ``before_request`` first and
    the first ``after_request`` last.
    """
    app.before_request(_begin)
    app.after_request(_end)


def note(**facts: object) -> None:
    """Add facts to the line of the current request."""
    g.facts.update(facts)


def noted(name: str) -> object:
    """Return a fact noted about the current request, or None."""
    return g.facts.get(name)


def current_request() -> Request:
    """Return the current request itself, for who looks at it more than once.

    Each look through Flask's proxy costs several times as much as what is looked at.
    """
    found: Request = request._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's documented way
    return found


def request_id() -> str:
    """Return the id of the current request."""
    return str(g.facts["request_id"])


def _begin() -> None:
    g.started = time.perf_counter()
    g.facts = {"request_id": _accepted_id(request.headers.get(REQUEST_ID_HEADER, ""))}


def _accepted_id(given: str) -> str:
    """Return the client's id, or a fresh one where it is malformed or holds personal data."""
    if _ACCEPTABLE_ID.fullmatch(given) and not scan_text(given):
        return given
    return new_id()


def _end(response: Response) -> Response:
    let_others_catch_up()
    asked, facts = current_request(), g.facts
    response.headers[REQUEST_ID_HEADER] = facts["request_id"]
    rule = asked.url_rule
    route = rule.rule if rule else "unmatched"
    log.event(
        _logger,
        "request",
        level=_level(route, response.status_code),
        **facts,
        method=asked.method if asked.method in _METHODS else "other",
        route=route,
        status=response.status_code,
        duration_ms=round((time.perf_counter() - g.started) * 1000, 1),
    )
    return response


def _level(route: str, status: int) -> int:
    """Return the level of the line: a failure is an error, a probe that passes is for debugging.

    An answer that succeeded although there was a reason not to is a failure of ours.
    """
    if status >= 500 or (status < 400 and noted("reason")):
        return logging.ERROR
    return logging.DEBUG if route in _PROBES else logging.INFO
