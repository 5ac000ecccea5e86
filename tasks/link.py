"""What has arrived on a connection of redis-py, read without waiting for more.

redis-py waits for each answer in turn, and asks the system several times about it. Knows nothing of
what is said.
"""

import socket
import ssl
from collections.abc import Iterator
from typing import Any

import hiredis
import redis

AT_ONCE = int(socket.MSG_DONTWAIT)
_READ_BYTES = 65536


class Link:
    """The socket of a connection, which is not to be read in any other way from now on.

    It has no time limit, with which Python would wait that long before it reads, at once or not.
    """

    def __init__(self, connection: Any) -> None:
        connection.connect()
        self.socket: socket.socket = connection._sock  # noqa: SLF001 - it has no name in public
        self.socket.settimeout(None)
        self._reader = hiredis.Reader(replyError=redis.ResponseError)

    @property
    def is_tls(self) -> bool:
        """Whether there is TLS on it, which cannot tell what is there already."""
        return isinstance(self.socket, ssl.SSLSocket)

    def arrived(self, *, flags: int = AT_ONCE) -> Iterator[Any]:
        """Yield what has arrived; without flags, wait for some of it.

        Raises OSError, BlockingIOError when it is nothing, HiredisError.
        """
        data = self.socket.recv(_READ_BYTES, flags)
        if not data:
            raise ConnectionResetError
        self._reader.feed(data)
        while (answer := self._reader.gets()) is not False:
            yield answer
