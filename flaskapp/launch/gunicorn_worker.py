"""gunicorn's threaded worker, with limits for slow clients and problems for unreadable requests.

A request that cannot even be read never reaches the application, so this repeats what the
application does with any other: one line in the log and ``application/problem+json``, neither
quoting what was sent.
"""

import json
import logging
import select
import socket
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn import util
from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from alerting import log
from flaskapp.errors import RequestTooSlow
from flaskapp.launch.client_socket import ClientSocket
from flaskapp.presence import IS_STOPPING
from flaskapp.problems import MEDIA_TYPE
from flaskapp.request_log import REQUEST_ID_HEADER

_logger = logging.getLogger(__name__)

_LINGER_MS = 30
"""How long a thread stays with a connection; as long may a request wait for a thread in vain."""

_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    RequestTooSlow: HTTPStatus.REQUEST_TIMEOUT,
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
    client_timeout_s = 30.0  # gunicorn's configuration file sets what the setting says

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take new connections or not; at the stop, refuse them.

        gunicorn leaves the door open until the last answer is out, and then hangs up on all who
        waited there.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection to a thread, with limits for the client."""
        if type(conn.sock) is socket.socket:  # not one wrapped already, by us or in TLS
            conn.sock = ClientSocket.taken_from(conn.sock)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """Serve a request and those that follow it at once; false when the connection is over.

        Its end is waited for here: gunicorn does so where connections are accepted, so that a
        client which leaves its side open would keep all others out for two seconds.
        """
        goes_on = self._serve(conn)
        while goes_on is True and self._asks_again(conn):
            goes_on = self._serve(conn)
        if not goes_on and isinstance(conn.sock, ClientSocket):
            util.close_graceful(conn.sock)
        return goes_on

    def handle_request(self, req: Request, conn: TConn) -> object:
        """Serve a request whose head has been read; head and body of its answer are sent as one."""
        if not isinstance(conn.sock, ClientSocket):
            return super().handle_request(req, conn)
        conn.sock.be_patient(self.client_timeout_s)
        conn.sock.begin_answer()
        try:
            return super().handle_request(req, conn)
        finally:
            conn.sock.end_answer()

    def _serve(self, conn: TConn) -> object:
        self._be_patient(conn)
        return super().handle(conn)

    def _asks_again(self, conn: TConn) -> bool:
        """Wait a moment for the next request, unless somebody else waits for this thread.

        Between two requests gunicorn hands the connection to the thread that looks after all of
        them and takes it back, which costs as much as a seventh of a short request.
        """
        waiting = self.tpool._work_queue.qsize()  # noqa: SLF001 - no public way tells it
        if waiting or not self.alive or conn.parser.unreader.buf.getvalue():
            return False
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(_LINGER_MS))

    def _be_patient(self, conn: TConn) -> None:
        if isinstance(conn.sock, ClientSocket):
            conn.sock.be_patient(self.client_timeout_s)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, and only once.

        Ctrl-C reaches this process and its master, which then tells it again; gunicorn's own
        handler would wait for itself for ever if the second signal came while it runs.
        """
        if self.alive:
            self.alive = False
            super().handle_quit(sig, frame)

    def init_process(self) -> None:
        """Serve until the end, with settings that stay as they are.

        gunicorn looks them up some twenty times a request, each through two functions.
        """
        self.cfg.__dict__.update({name: one.get() for name, one in self.cfg.settings.items()})
        super().init_process()

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
            # What nobody can read is the client's fault, also where HTTP gives it a 501.
            level=logging.ERROR if status is HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO,
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
