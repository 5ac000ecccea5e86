"""Errors as RFC 9457 problems: the one table from what went wrong to what the client reads.

A problem says what to do; it never quotes a value of the payload, and never a message of an
exception, because messages may hold values.
"""

import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from flask import Flask, Response, current_app
from werkzeug import exceptions as http
from werkzeug.exceptions import HTTPException

from alerting.errors import (
    AlertChanged,
    AlertNotFound,
    AlertNotRecorded,
    DatabaseUnavailable,
    ScanPartial,
    WrongState,
)
from flaskapp.errors import RequestTooSlow
from flaskapp.problem_types import TYPES
from flaskapp.request_log import note, noted, request_id
from tasks.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    JobNotFound,
    QueueUnavailable,
    UnknownTask,
)

MEDIA_TYPE = "application/problem+json"
_MOST_FRAMES = 12

_BY_EXCEPTION: Mapping[type, str] = {
    AlertChanged: "alert-changed",
    AlertNotFound: "not-found",
    AlertNotRecorded: "alert-not-recorded",
    DatabaseUnavailable: "alerts-unavailable",
    IdempotencyKeyInUse: "idempotency-key-in-use",
    IdempotencyKeyReused: "idempotency-key-reused",
    JobNotFound: "not-found",
    QueueUnavailable: "queue-unavailable",
    RequestTooSlow: "request-too-slow",
    ScanPartial: "scan-partial",
    UnknownTask: "unknown-task",
    WrongState: "wrong-state",
    http.MethodNotAllowed: "method-not-allowed",
    http.NotFound: "not-found",
    http.RequestEntityTooLarge: "payload-too-large",
    http.UnsupportedMediaType: "unsupported-media-type",
}


class Problem(Exception):  # noqa: N818 - the standard's own word
    """A problem that the web layer found by itself.

    ``detail`` says what to do about this occurrence; ``members`` extend the answer.
    """

    def __init__(
        self,
        slug: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(slug)
        self.type = TYPES[slug]
        self.detail = detail or self.type.detail
        self.headers = {**self.type.headers, **(headers or {})}
        self.members = members or {}


def register(app: Flask) -> None:
    """Answer every error of the application as a problem."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """Return the problem for an error; what nobody foresaw is a fault of ours and is noted."""
    if problem := as_problem(error):
        return _respond(problem)
    if isinstance(error, HTTPException):
        return _respond_untyped(error)
    return _respond(Problem("internal-error"), reason=_where(error))


def as_problem(error: Exception) -> Problem | None:
    """Return the problem that an error is, or None where it has no kind of its own."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if slug := _BY_EXCEPTION.get(kind):
            return Problem(slug, headers=_http_headers(error))
    return None


def problem_json(problem: Problem) -> dict[str, object]:
    """Return a problem's own members, without what a request adds to them."""
    return {
        "type": problem.type.uri,
        "title": problem.type.title,
        "status": problem.type.status,
        "detail": problem.detail,
        **problem.members,
    }


def _respond(problem: Problem, *, reason: str | None = None) -> Response:
    note(reason=reason or problem.type.slug)
    return _response(problem_json(problem), problem.type.status, problem.headers)


def _respond_untyped(error: HTTPException) -> Response:
    """Answer an error of HTTP itself that has no kind of its own here (RFC 9457, 4.2.1)."""
    status = error.code or 500
    note(reason=f"http-{status}")
    members = {"type": "about:blank", "title": error.name, "status": status}
    return _response(members, status, _http_headers(error))


def _response(members: Mapping[str, object], status: int, headers: Mapping[str, str]) -> Response:
    """Return the answer, with the ids by which the client and the operator find each other."""
    ids = {"request_id": request_id(), "job_id": noted("job_id"), "alert_id": noted("alert_id")}
    body = current_app.json.dumps({**members, **{name: id_ for name, id_ in ids.items() if id_}})
    response = Response(body + "\n", status=status, mimetype=MEDIA_TYPE)
    response.headers.update(headers)
    return response


def _http_headers(error: Exception) -> dict[str, str]:
    """Return what an error says in headers, such as ``Allow``."""
    if not isinstance(error, HTTPException):
        return {}
    return {name: value for name, value in error.get_headers() if name != "Content-Type"}


def _where(error: BaseException) -> str:
    """Name an unforeseen error by its type and its frames, without its message or any value."""
    frames = _frames(error.__traceback__)
    return f"{type(error).__module__}.{type(error).__qualname__} at {' > '.join(frames)}"


def _frames(trace: TracebackType | None) -> list[str]:
    return [
        f"{Path(frame.f_code.co_filename).name}:{line}:{frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(trace)
    ][-_MOST_FRAMES:]
