"""What is answered to a request that cannot even be read: a problem that quotes nothing of it."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from gunicorn.http import errors

from flaskapp.errors import RequestTooSlow
from flaskapp.problems import MEDIA_TYPE
from flaskapp.request_log import REQUEST_ID_HEADER

_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    RequestTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ParseException: HTTPStatus.BAD_REQUEST,
}


def status_of(error: Exception) -> HTTPStatus:
    """Return what to answer: what cannot be parsed is the client's fault, the rest is ours."""
    return next(
        (status for kind, status in _STATUSES.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def answer(status: HTTPStatus, request_id: str) -> bytes:
    """Return the whole response, which also ends the connection."""
    members = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "request_id": request_id,
    }
    body = json.dumps(members) + "\n"
    head = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"{REQUEST_ID_HEADER}: {request_id}",
    ]
    return "\r\n".join([*head, "", body]).encode()
