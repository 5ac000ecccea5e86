"""The socket of a client, which may be slow, but not for ever. Knows no HTTP.

gunicorn's threaded worker reads and writes without a limit, so a client that stalls would keep a
thread as long as it likes, and hold up every stop.
"""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from flaskapp.errors import RequestTooSlow


class ClientSocket(socket.socket):
    """A connected socket on which nothing waits for ever.

    Only what would do so is limited: who sets a timeout of their own gets that.
    """

    _patience_s = 0.0
    _read_until = 0.0

    @classmethod
    def taken_from(cls, plain: socket.socket) -> Self:
        """Return the connection of a socket, which is left without it."""
        return cls(plain.family, plain.type, plain.proto, fileno=plain.detach())

    def be_patient(self, seconds: float) -> None:
        """Let all that is read from now on take that long together, and each answer by itself."""
        self._patience_s = seconds
        self._read_until = time.monotonic() + seconds

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive; raises RequestTooSlow."""
        if flags & socket.MSG_DONTWAIT or self.gettimeout() is not None:
            return super().recv(bufsize, flags)
        with suppress(BlockingIOError):  # Mostly it is there, and nothing has to be limited.
            return super().recv(bufsize, flags | socket.MSG_DONTWAIT)
        with self._limited(self._read_until - time.monotonic()):
            try:
                return super().recv(bufsize, flags)
            except (TimeoutError, BlockingIOError):
                raise RequestTooSlow from None

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send; who does not take the answer is as good as gone, so that raises BrokenPipeError."""
        sent = 0
        if self.gettimeout() is None:
            with suppress(BlockingIOError):  # Mostly all of it goes into the system's buffer.
                sent = super().send(data, flags | socket.MSG_DONTWAIT)
        with memoryview(data) as whole:
            if sent < whole.nbytes:
                with self._gone_when_slow():
                    super().sendall(whole.cast("B")[sent:], flags)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a file in the same way."""
        with self._gone_when_slow():
            return super().sendfile(file, offset, count)

    def setblocking(self, flag: bool, /) -> None:
        """Set whether to wait; nothing when closed, where gunicorn asks for it all the same."""
        if self.fileno() >= 0:
            super().setblocking(flag)

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
