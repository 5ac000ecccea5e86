"""Connections on which no request is under way, and a thread that waits for one on any of them.

gunicorn lets one thread watch all connections and hand each request to another, and takes the
connection back the same way: that costs as much as a seventh of a short request, and more with
each connection that is open. Here the thread that is to serve a request is woken by it. Knows
neither HTTP nor what is served.
"""

import math
import os
import select
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import SimpleNamespace

from gunicorn.workers.gthread import TConn

IS_AVAILABLE = hasattr(select, "epoll")
"""Whether the system can wake a thread in this way; Linux can."""

# There is one event until the connection is put back. Each can be written to, so that this one
# comes at once, behind all others that are due.
_ONCE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT if IS_AVAILABLE else 0
_AT_ONCE = select.EPOLLOUT | select.EPOLLONESHOT if IS_AVAILABLE else 0
_MOST_AT_ONCE = 16
_NONE = SimpleNamespace(timeout=float("inf"))
"""Stands for the last one, when it has just been taken."""


class IdleConnections:
    """Any thread may put one; reads like gunicorn's own list, by when they time out."""

    def __init__(self) -> None:
        self._ready = select.epoll()
        self._idle: dict[int, TConn] = {}
        self._putting = threading.Lock()
        self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._watched: dict[int, Callable[[], None]] = {}
        self.watch(self._waker, self._is_awake)

    def __len__(self) -> int:
        return len(self._idle)

    def __iter__(self) -> Iterator[TConn]:
        return iter(list(self._idle.values()))

    def __getitem__(self, index: int) -> TConn:
        in_turn = sorted(self, key=lambda connection: connection.timeout)
        return in_turn[index] if in_turn else _NONE

    def put(self, connection: TConn, *, has_request: bool = False) -> None:
        """Wait for the next request of a connection until the time that it says.

        One that was read already is due at once.
        """
        handle, event = connection.sock.fileno(), _AT_ONCE if has_request else _ONCE
        with self._putting:
            self._idle[handle] = connection
            try:
                self._ready.modify(handle, event)
            except FileNotFoundError:
                self._ready.register(handle, event)

    def watch(self, handle: int, tell: Callable[[], None] | None) -> None:
        """Call something whenever a descriptor can be read, or with None no longer."""
        if tell:
            self._watched[handle] = tell
            self._ready.register(handle, select.EPOLLIN)
        elif self._watched.pop(handle, None):
            with suppress(OSError):  # It may be closed.
                self._ready.unregister(handle)

    def wait(self, timeout_s: float) -> list[int]:
        """Return descriptors on which something is there, once there are any.

        None of them when the time, which may be infinite, is up.
        """
        wait_s = timeout_s if timeout_s < math.inf else None
        return [handle for handle, _ in self._ready.poll(wait_s, _MOST_AT_ONCE)]

    def take(self, ready: Iterable[int]) -> list[TConn]:
        """Return the connections among descriptors, which have a request or have ended.

        Those who watch others are told.
        """
        taken = []
        for handle in ready:
            if tell := self._watched.get(handle):
                tell()
            elif connection := self._idle.pop(handle, None):
                taken.append(connection)
        return taken

    def expired(self, *, all_of_them: bool = False) -> list[TConn]:
        """Take and return those whose time is up."""
        now = time.monotonic()
        due = [
            handle
            for handle, connection in list(self._idle.items())
            if all_of_them or connection.timeout <= now
        ]
        if not due:
            return []
        with self._putting:  # The thread may have taken one meanwhile.
            taken = [self._idle.pop(handle, None) for handle in due]
        return [connection for connection in taken if connection]

    def wake(self) -> None:
        """Let the thread that waits go on, or whoever is the next to wait."""
        os.eventfd_write(self._waker, 1)

    def _is_awake(self) -> None:
        os.eventfd_read(self._waker)
