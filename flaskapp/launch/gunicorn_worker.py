"""gunicorn's threaded worker, with problems for answers to requests that cannot even be read.

Such a request never reaches the application, so this repeats what the application does with any
other: one line in the log and ``application/problem+json``, neither quoting what was sent.
"""

import json
import logging
import socket
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn import util
from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from alerting import log
from flaskapp.client_socket import IS_STOPPING
from flaskapp.problems import MEDIA_TYPE
from flaskapp.request_log import REQUEST_ID_HEADER

_logger = logging.getLogger(__name__)

_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    errors.ForbiddenProxyRequest: HTTPStatus.FORBIDDEN,
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
    errors.ParseException: HTTPStatus.BAD_REQUEST,
}


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Serves the application; one thread per request under way."""

    alive: bool  # set by gunicorn
    wsgi: WSGIApplication  # likewise

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, and only once.

        Ctrl-C reaches this process and its master, which then tells it again; gunicorn's own
        handler would wait for itself for ever if the second signal came while it runs.
        """
        if self.alive:
            self.alive = False
            super().handle_quit(sig, frame)

    def load_wsgi(self) -> None:
        """Load the application, and let its requests see whether this process wants to stop."""
        super().load_wsgi()
        serve = self.wsgi

        def application(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            environ[IS_STOPPING] = lambda: not self.alive
            return serve(environ, start)

        self.wsgi = application

    def handle_error(
        self,
        req: Request | None,  # noqa: ARG002 - gunicorn passes it
        client: socket.socket,
        addr: object,  # noqa: ARG002
        exc: Exception,
    ) -> None:
        """Answer and log a request that failed outside the application."""
        status = status_of(exc)
        request_id = uuid.uuid4().hex
        log.event(
            _logger,
            "request",
            level=logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO,
            request_id=request_id,
            route="unread",
            status=status.value,
            reason=type(exc).__name__,
        )
        try:
            util.write_nonblock(client, answer(status, request_id))
        except OSError:
            _logger.debug("the client did not stay for the answer")


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
