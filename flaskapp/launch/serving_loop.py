"""The thread of a gateway process that serves requests, of whichever connection has one.

It also sees clients off after their last answer, so that nobody else has to wait for them. Knows
neither HTTP nor how connections are accepted.
"""

import logging
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent import futures
from functools import partial

from gunicorn.workers.gthread import TConn

from alerting import log
from alerting.fibers import Fibers
from flaskapp.launch.idle_connections import IdleConnections
from tasks.connection import MOST_CONNECTIONS

_logger = logging.getLogger(__name__)

_LEAVE_WITHIN_S = 2.0
"""How long a client may take to close its side once it has its last answer."""
_MOST_DRAINED = 65536
"""How many bytes it may send meanwhile."""


class ServingLoop:
    """Serves connections in fibers of one thread, from when they are put among the idle ones.

    ``handle`` serves a request; true when the connection goes on, which then says until when.
    ``count_end`` is told of each connection that has ended, until this loop is to end itself.
    """

    def __init__(
        self,
        *,
        handle: Callable[[TConn], object],
        count_end: Callable[[], object],
        long_threads: int,
    ) -> None:
        self.idle = IdleConnections()
        self._handle = handle
        self._count_end = count_end
        self._long_threads = long_threads
        self._is_over = False
        self._leaving: dict[TConn, int] = {}
        """Connections that had their last answer, and how much they may still send."""

    def run(self) -> None:
        """Serve requests of any connection until the last answer after the end."""
        fibers = Fibers(
            wake=self.idle.wake,
            watch=self.idle.watch,
            pool=futures.ThreadPoolExecutor(MOST_CONNECTIONS),  # For Redis and the disk.
            long_pool=futures.ThreadPoolExecutor(self._long_threads),
        )
        taken: deque[TConn] = deque()
        while True:
            try:
                while taken:
                    fibers.start(partial(self._serve, taken.popleft()))
                fibers.go_on()
                if self._is_over and not fibers:
                    return
                ready = self.idle.wait(fibers.begin_sleep())
                fibers.end_sleep()
                taken.extend(self.idle.take(ready))
            except BaseException as error:  # noqa: BLE001 - nobody else serves this process
                log.event(_logger, "request given up", level=logging.ERROR, error=error)

    def end(self) -> None:
        """Let the thread end with its last answer; any thread may call this."""
        self._is_over = True
        self.idle.wake()

    def close_expired(self, *, all_of_them: bool = False) -> None:
        """Close the idle connections whose time is up; any thread may call this."""
        for conn in self.idle.expired(all_of_them=all_of_them):
            self._close(conn)

    def _serve(self, conn: TConn) -> None:
        try:
            self._attend(conn)
        except BaseException as error:  # noqa: BLE001 - the others are still to be served
            log.event(_logger, "connection given up", level=logging.ERROR, error=error)
            self._close(conn)

    def _attend(self, conn: TConn) -> None:
        if conn in self._leaving:
            self._await_end(conn)
        elif self._handle(conn):
            self.idle.put(conn, has_request=bool(conn.parser.unreader.buf.getvalue()))
        else:
            self._hang_up(conn)

    def _hang_up(self, conn: TConn) -> None:
        """Say that no more comes, and let the client read what did (RFC 9112, section 9.6)."""
        conn.timeout = time.monotonic() + _LEAVE_WITHIN_S
        self._leaving[conn] = _MOST_DRAINED
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # It was faster.
            self._close(conn)
        else:
            self.idle.put(conn)

    def _await_end(self, conn: TConn) -> None:
        """Read what the client still sends, up to a limit, until it closes its side."""
        try:
            sent = len(conn.sock.recv(_MOST_DRAINED, socket.MSG_DONTWAIT))
        except OSError:
            sent = 0
        self._leaving[conn] -= sent
        if sent and self._leaving[conn] > 0:
            self.idle.put(conn)
        else:
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        conn.close()
        self._leaving.pop(conn, None)
        if not self._is_over:  # Else nobody counts any more.
            self._count_end()
