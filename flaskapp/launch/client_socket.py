"""The socket of a client, which may be slow, but not for ever. Knows no HTTP.

gunicorn's threaded worker reads and writes without a limit, so a client that stalls would keep a
thread as long as it likes, and hold up every stop.
"""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from alerting.fibers import aside
from flaskapp.errors import RequestTooSlow

_AT_ONCE = int(socket.MSG_DONTWAIT)  # As an enum it takes as long to combine as to send with.


class ClientSocket(socket.socket):
    """A connected socket on which nothing waits for ever.

    Only what would do so is limited: who sets a timeout of their own gets that.
    """

    _patience_s = 0.0
    _read_until = 0.0
    _is_head_due = False
    _head = b""

    @classmethod
    def taken_from(cls, plain: socket.socket) -> Self:
        """Return the connection of a socket, which is left without it."""
        timeout_s = plain.gettimeout()
        taken = cls(plain.family, plain.type, plain.proto, fileno=plain.detach())
        socket.socket.settimeout(taken, timeout_s)
        return taken

    def be_patient(self, seconds: float) -> None:
        """Let all that is read from now on take that long together, and each answer by itself."""
        self._patience_s = seconds
        self._read_until = time.monotonic() + seconds

    def begin_answer(self) -> None:
        """Keep what is sent next, the head of an answer, to be sent together with its body."""
        self._is_head_due = True

    def end_answer(self) -> None:
        """Send the head of an answer that had no body; nothing when closed."""
        self._is_head_due = False
        if self._head and self.fileno() >= 0:
            self.sendall(b"")

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive; raises RequestTooSlow."""
        if flags & _AT_ONCE or self.gettimeout() is not None:
            return super().recv(bufsize, flags)
        try:  # Mostly it is there, and nothing has to be limited.
            return super().recv(bufsize, flags | _AT_ONCE)
        except BlockingIOError:
            return self._recv_in_time(bufsize, flags)

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send what comes before an answer, as that the body may come, in the same way."""
        if flags & _AT_ONCE or self.gettimeout() is not None:
            return super().send(data, flags)
        self._send_all(data, flags)
        return len(data)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send; who does not take the answer is as good as gone, so that raises BrokenPipeError."""
        if self._is_head_due:
            self._is_head_due, self._head = False, bytes(data)
            return
        if self._head:
            data, self._head = b"".join((self._head, data)), b""
        self._send_all(data, flags)

    def _send_all(self, data: Any, flags: int) -> None:
        sent = 0
        if self.gettimeout() is None:
            try:  # Mostly all of it goes into the system's buffer.
                sent = super().send(data, flags | _AT_ONCE)
            except BlockingIOError:
                sent = 0
        with memoryview(data) as whole:
            if sent < whole.nbytes:
                with self._gone_when_slow():
                    aside(partial(super().sendall, whole.cast("B")[sent:], flags), is_long=True)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file in the same way."""
        self.end_answer()
        with self._gone_when_slow():
            return super().sendfile(file, offset, count)

    def settimeout(self, value: float | None, /) -> None:
        """Set how long to wait; the system need not be told what it knows."""
        if value != self.gettimeout():
            super().settimeout(value)

    def setblocking(self, flag: bool, /) -> None:
        """Set whether to wait; nothing when closed, where gunicorn asks for it all the same."""
        if self.fileno() >= 0:
            self.settimeout(None if flag else 0.0)

    def _recv_in_time(self, bufsize: int, flags: int) -> bytes:
        with self._limited(self._read_until - time.monotonic()):
            try:
                return aside(partial(super().recv, bufsize, flags), is_long=True)
            except (TimeoutError, BlockingIOError):
                raise RequestTooSlow from None

    @contextmanager
    def _gone_when_slow(self) -> Iterator[None]:
        if self.gettimeout() is not None:
            yield
            return
        with self._limited(self._patience_s):
            try:
                yield
            except TimeoutError:
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        self.settimeout(max(0.0, seconds))
        try:
            yield
        finally:
            self.settimeout(None)
