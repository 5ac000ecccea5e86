"""gunicorn's threaded worker, whose threads take the next request of any connection themselves.

It has limits for slow clients. A request that cannot even be read never reaches the application,
so it gets here what any other gets there: one line in the log and a problem, neither quoting what
was sent.
"""

import logging
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable
from concurrent import futures
from functools import partial
from http import HTTPStatus
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from gunicorn import util
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.workers.gthread import (
    DEFAULT_WORKER_DATA_TIMEOUT,
    STOP_KEEPALIVE_LINGER,
    TConn,
    ThreadWorker,
)

from alerting import log
from alerting.fibers import Fibers, aside
from flaskapp.launch.client_socket import ClientSocket
from flaskapp.launch.fair_shares import FairShares
from flaskapp.launch.idle_connections import IS_AVAILABLE, IdleConnections
from flaskapp.launch.unreadable import answer, status_of
from flaskapp.presence import IS_STOPPING
from flaskapp.short_requests import is_short

_logger = logging.getLogger(__name__)

_SHORT_THREADS = 32
"""For what short requests ask of Redis, which has as many connections, and of the disk."""
_LEAVE_WITHIN_S = 2.0
"""How long a client may take to close its side once it has its last answer."""
_MOST_DRAINED = 65536
"""How many bytes it may send meanwhile."""


_SHARES = FairShares()
_LEAVE_TO_OTHERS_S = 0.005
"""How long a connection waits for a process that has fewer before one that has more takes it."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Serves the application; one thread per request under way.

    Connections under TLS go gunicorn's own way, since the system cannot tell what is there of them;
    so do all where the system knows no epoll.
    """

    alive: bool  # set by gunicorn
    wsgi: WSGIApplication  # likewise
    client_timeout_s = 30.0  # gunicorn's configuration file sets what the setting says

    def __init__(self, *args: object, **options: object) -> None:
        """Take gunicorn's arguments."""
        super().__init__(*args, **options)
        self._idle: IdleConnections | None = None
        """Where threads wait for requests; None where that is left to gunicorn."""
        self._is_over = False
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

    def accept(self, listener: socket.socket) -> None:
        """Take a connection, unless another process that has fewer takes it in time."""
        if _SHARES.has_more(self.age, self.nr_conns):
            time.sleep(_LEAVE_TO_OTHERS_S)
        super().accept(listener)
        _SHARES.say(self.age, self.nr_conns)

    def notify(self) -> None:
        """Say that this process is alive, as is done every second, and how much it has to do."""
        super().notify()
        _SHARES.say(self.age, self.nr_conns)

    def enqueue_req(self, conn: TConn) -> None:
        """Let a thread serve a connection as soon as it sends something, with limits for that."""
        if type(conn.sock) is socket.socket and not self.cfg.is_ssl:
            conn.sock = ClientSocket.taken_from(conn.sock)
        if self._idle is None:
            super().enqueue_req(conn)
            return
        conn.data_ready = True  # It is, when a thread has it.
        conn.timeout = time.monotonic() + max(self.cfg.keepalive, DEFAULT_WORKER_DATA_TIMEOUT)
        self._idle.put(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close the connections whose clients were silent for too long, or all at the end."""
        self._is_over |= force
        if self._idle is None:
            super().murder_keepalived(force)
            return
        for conn in self._idle.expired(all_of_them=force):
            self._end(conn)

    def _serve_always(self, idle: IdleConnections) -> None:
        """Serve requests of any connection until the last answer after the end."""
        fibers = Fibers(
            wake=idle.wake,
            watch=idle.watch,
            pool=futures.ThreadPoolExecutor(_SHORT_THREADS),
            long_pool=futures.ThreadPoolExecutor(self.cfg.threads),
        )
        taken: deque[TConn] = deque()
        while True:
            try:
                while taken:
                    fibers.start(partial(self._serve, taken.popleft(), idle))
                fibers.go_on()
                if self._is_over and not fibers:
                    return
                ready = idle.wait(fibers.begin_sleep())
                fibers.end_sleep()
                taken.extend(idle.take(ready))
            except BaseException as error:  # noqa: BLE001 - nobody else serves this process
                log.event(_logger, "request given up", level=logging.ERROR, error=error)

    def _serve(self, conn: TConn, idle: IdleConnections) -> None:
        try:
            self._attend(conn, idle)
        except BaseException as error:  # noqa: BLE001 - the others are still to be served
            log.event(_logger, "connection given up", level=logging.ERROR, error=error)
            self._end(conn)

    def _attend(self, conn: TConn, idle: IdleConnections) -> None:
        if conn in self._leaving:
            self._await_end(conn, idle)
        elif self.handle(conn):
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
            idle.put(conn, has_request=bool(conn.parser.unreader.buf.getvalue()))
        else:
            self._hang_up(conn, idle)

    def _hang_up(self, conn: TConn, idle: IdleConnections) -> None:
        """Say that no more comes, and let the client read what did (RFC 9112, section 9.6)."""
        conn.timeout = time.monotonic() + _LEAVE_WITHIN_S
        self._leaving[conn] = _MOST_DRAINED
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # It was faster.
            self._end(conn)
        else:
            idle.put(conn)

    def _await_end(self, conn: TConn, idle: IdleConnections) -> None:
        """Read what the client still sends, up to a limit, until it closes its side."""
        try:
            sent = len(conn.sock.recv(_MOST_DRAINED, socket.MSG_DONTWAIT))
        except OSError:
            sent = 0
        self._leaving[conn] -= sent
        if sent and self._leaving[conn] > 0:
            idle.put(conn)
        else:
            self._end(conn)

    def _end(self, conn: TConn) -> None:
        conn.close()
        self._leaving.pop(conn, None)
        if not self._is_over:  # Else nobody counts any more.
            self.method_queue.defer(self._forget_one)

    def _forget_one(self) -> None:
        """Count a connection that a thread has closed, in the one thread that counts."""
        self.nr_conns -= 1
        _SHARES.say(self.age, self.nr_conns)

    def handle_request(self, req: Request, conn: TConn) -> object:
        """Serve a request whose head has been read; head and body of its answer are sent as one."""
        if not isinstance(conn.sock, ClientSocket):
            return super().handle_request(req, conn)
        if is_short(req.method, req.path, req.headers):
            return self._answer(req, conn)
        return aside(partial(self._answer, req, conn), is_long=True)

    def _answer(self, req: Request, conn: TConn) -> object:
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
        if is_read or not keepalive:
            return bool(keepalive)
        # What was not read may not have come yet.
        return bool(aside(partial(super()._keepalive_after, conn, keepalive), is_long=True))

    def handle(self, conn: TConn) -> object:
        """Serve a request; true when the connection goes on.

        Where gunicorn closes it, its end is waited for here: gunicorn does so where connections
        are accepted, so that a client which leaves its side open would keep all others out.
        """
        if not isinstance(conn.sock, ClientSocket):
            return super().handle(conn)
        conn.sock.be_patient(self.client_timeout_s)
        goes_on = super().handle(conn)
        if not goes_on and self._idle is None:
            util.close_graceful(conn.sock)
        return goes_on

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, and only once.

        Ctrl-C reaches this process and its master, which then tells it again; gunicorn's own
        handler would wait for itself for ever if the second signal came while it runs.
        """
        if self.alive:
            self.alive = False
            self._stop_serving()
            super().handle_quit(sig, frame)

    def init_process(self) -> None:
        """Serve until the end, with settings that stay as they are.

        gunicorn looks them up some twenty times a request, each through two functions.
        """
        self.cfg.__dict__.update({name: one.get() for name, one in self.cfg.settings.items()})
        super().init_process()

    def run(self) -> None:
        """Accept connections until the stop, and let the threads serve them."""
        if self.cfg.is_ssl or not IS_AVAILABLE:
            super().run()
            return
        self._idle = self.keepalived_conns = IdleConnections()
        threading.Thread(target=self._serve_always, args=(self._idle,)).start()
        try:
            super().run()
        finally:
            self._stop_serving()

    def _stop_serving(self) -> None:
        """Let the thread that serves end with its last answer."""
        self._is_over = True
        if self._idle is not None:
            self._idle.wake()

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
