"""gunicorn's threaded worker, with limits for slow clients and problems for unreadable requests.

A request that cannot even be read never reaches the application, so this repeats what the
application does with any other: one line in the log and ``application/problem+json``, neither
quoting what was sent.
"""

import json
import logging
import socket
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn import util
from gunicorn.http import errors
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from alerting import log
from flaskapp.errors import RequestTooSlow
from flaskapp.launch.client_socket import ClientSocket
from flaskapp.launch.idle_connections import IdleConnections
from flaskapp.presence import IS_STOPPING
from flaskapp.problems import MEDIA_TYPE
from flaskapp.request_log import REQUEST_ID_HEADER

_logger = logging.getLogger(__name__)

_LEAVE_WITHIN_S = 2.0
"""How long a client may take to close its side once it has its last answer."""
_MOST_DRAINED = 65536
"""How many bytes it may send meanwhile."""

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
    """Serves the application; one thread per request under way.

    Connections under TLS go gunicorn's own way: what is there of them the system cannot tell.
    """

    alive: bool  # set by gunicorn
    wsgi: WSGIApplication  # likewise
    client_timeout_s = 30.0  # gunicorn's configuration file sets what the setting says

    def __init__(self, *args: object, **options: object) -> None:
        """Take gunicorn's arguments."""
        super().__init__(*args, **options)
        self._leaving: dict[TConn, int] = {}
        """Connections that had their last answer, and how much they may still send."""

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
        """Let a thread serve a new connection as soon as it sends something."""
        if self.cfg.is_ssl:
            super().enqueue_req(conn)
            return
        conn.sock = ClientSocket.taken_from(conn.sock)
        conn.data_ready = True  # It is, when a thread has it.
        self._keep(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close the connections whose clients were silent for too long."""
        if self.cfg.is_ssl:
            super().murder_keepalived(force)
            return
        for conn in self.keepalived_conns.expired(all_of_them=force):
            self._end(conn)
        if force:
            self.keepalived_conns.stop()

    def _serve_always(self) -> None:
        """Serve requests of any connection until the end of the process."""
        while conn := self.keepalived_conns.take():
            if conn in self._leaving:
                self._await_end(conn)
                continue
            goes_on = self._serve(conn)
            while goes_on and conn.parser.unreader.buf.getvalue():
                goes_on = self._serve(conn)
            if goes_on:
                self._keep(conn)
            else:
                self._hang_up(conn)

    def _keep(self, conn: TConn) -> None:
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        self.keepalived_conns.put(conn)

    def _hang_up(self, conn: TConn) -> None:
        """Say that no more comes, and let the client read what did: RFC 9112, section 9.6.

        gunicorn waits for it in the thread that has served it.
        """
        conn.timeout = time.monotonic() + _LEAVE_WITHIN_S
        self._leaving[conn] = _MOST_DRAINED
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            self.keepalived_conns.put(conn)
        except OSError:  # It was faster.
            self._end(conn)

    def _await_end(self, conn: TConn) -> None:
        """Read what the client still sends, up to a limit, until it closes its side."""
        try:
            sent = len(conn.sock.recv(_MOST_DRAINED, socket.MSG_DONTWAIT))
        except OSError:
            sent = 0
        self._leaving[conn] -= sent
        if sent and self._leaving[conn] > 0:
            self.keepalived_conns.put(conn)
        else:
            self._end(conn)

    def _end(self, conn: TConn) -> None:
        conn.close()
        self._leaving.pop(conn, None)
        self.method_queue.defer(self._forget_one)

    def _forget_one(self) -> None:
        """Count a connection that a thread has closed, in the one thread that counts."""
        self.nr_conns -= 1

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

    def _keepalive_after(self, conn: TConn, keepalive: object) -> bool:
        """Tell whether the connection goes on; a body that was read has no rest to look for."""
        body = conn.parser.mesg.body
        is_read = isinstance(body.reader, LengthReader) and not (body.reader.length or body.failed)
        return bool(keepalive) and (is_read or super()._keepalive_after(conn, keepalive))

    def _serve(self, conn: TConn) -> object:
        conn.sock.be_patient(self.client_timeout_s)
        return self.handle(conn)

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

    def run(self) -> None:
        """Accept connections until the stop, and let the threads serve them."""
        if not self.cfg.is_ssl:
            self.keepalived_conns = IdleConnections()
            for _ in range(self.cfg.threads):
                threading.Thread(target=self._serve_always, daemon=True).start()
        super().run()

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
