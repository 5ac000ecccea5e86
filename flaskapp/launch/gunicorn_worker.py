"""gunicorn's threaded worker with our hooks: it accepts connections, and has a loop serve them.

It has limits for slow clients. A request that cannot even be read never reaches the application,
so it gets here what any other gets there: one line in the log and a problem, neither quoting what
was sent.
"""

import logging
import socket
import threading
import time
from collections.abc import Iterable
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
from alerting.fibers import aside, let_others_catch_up
from alerting.ids import new_id
from flaskapp.launch.client_socket import ClientSocket
from flaskapp.launch.fair_shares import FairShares
from flaskapp.launch.idle_connections import IS_AVAILABLE
from flaskapp.launch.serving_loop import ServingLoop
from flaskapp.launch.settled_memory import settle_memory
from flaskapp.launch.unreadable import answer, status_of
from flaskapp.presence import IS_STOPPING
from flaskapp.short_requests import is_short

_logger = logging.getLogger(__name__)

_SHARES = FairShares()
_LEAVE_TO_OTHERS_S = 0.001
"""How long a connection waits for a process that has fewer before one that has more takes it."""


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """Serves the application: short requests in one thread, others each in a thread of its own.

    Connections under TLS go gunicorn's own way, since the system cannot tell what is there of them;
    so do all where the system knows no epoll.
    """

    alive: bool  # set by gunicorn
    wsgi: WSGIApplication  # likewise
    client_timeout_s = 30.0  # gunicorn's configuration file sets what the setting says

    def __init__(self, *args: object, **options: object) -> None:
        """Take gunicorn's arguments."""
        super().__init__(*args, **options)
        self._loop: ServingLoop | None = None
        """What serves connections; None where that is left to gunicorn."""

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
        """Have a connection served as soon as it sends something, with limits for that."""
        if type(conn.sock) is socket.socket and not self.cfg.is_ssl:
            conn.sock = ClientSocket.taken_from(conn.sock)
        if not self._loop:
            super().enqueue_req(conn)
            return
        conn.data_ready = True  # It is, when the loop takes it.
        conn.timeout = time.monotonic() + max(self.cfg.keepalive, DEFAULT_WORKER_DATA_TIMEOUT)
        self._loop.idle.put(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close the connections whose clients were silent for too long, or all at the end."""
        if not self._loop:
            super().murder_keepalived(force)
            return
        if force:
            self._loop.end()
        self._loop.close_expired(all_of_them=force)

    def _forget_one(self) -> None:
        """Count a connection that the loop has closed, in the one thread that counts."""
        self.nr_conns -= 1
        _SHARES.say(self.age, self.nr_conns)

    def handle_request(self, req: Request, conn: TConn) -> object:
        """Serve a request whose head has been read; head and body of its answer are sent as one."""
        if not isinstance(conn.sock, ClientSocket):
            return super().handle_request(req, conn)
        if is_short(req.method, req.path, req.headers):
            let_others_catch_up()
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
        """Serve a request; true when the connection goes on, until its new timeout.

        Where gunicorn closes it, its end is waited for here: gunicorn does so where connections
        are accepted, so that a client which leaves its side open would keep all others out.
        """
        if not isinstance(conn.sock, ClientSocket):
            return super().handle(conn)
        conn.sock.be_patient(self.client_timeout_s)
        goes_on = super().handle(conn)
        if goes_on:
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        elif not self._loop:
            util.close_graceful(conn.sock)
        return goes_on

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, and only once.

        Ctrl-C reaches this process and its master, which then tells it again; gunicorn's own
        handler would wait for itself for ever if the second signal came while it runs.
        """
        if self.alive:
            self.alive = False
            if self._loop:
                self._loop.end()
            super().handle_quit(sig, frame)

    def init_process(self) -> None:
        """Serve until the end, with settings that stay as they are.

        gunicorn looks them up some twenty times a request, each through two functions.
        """
        self.cfg.__dict__.update({name: one.get() for name, one in self.cfg.settings.items()})
        super().init_process()

    def run(self) -> None:
        """Accept connections until the stop, and let the loop serve them."""
        settle_memory()
        if self.cfg.is_ssl or not IS_AVAILABLE:
            super().run()
            return
        self._loop = ServingLoop(
            handle=self.handle,
            count_end=partial(self.method_queue.defer, self._forget_one),
            long_threads=self.cfg.threads,
        )
        self.keepalived_conns = self._loop.idle
        threading.Thread(target=self._loop.run).start()
        try:
            super().run()
        finally:
            self._loop.end()

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
        request_id = new_id()
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
