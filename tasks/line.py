"""A connection to Redis on which the threads of a process send without waiting for the answers.

Whoever sends next reads what was answered meanwhile, and who has to know whether Redis has run
what was sent reads on until that is answered. A request that is told the end of its job need not:
it saves the round trip and the sleep in it. Knows no jobs.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import hiredis
import redis

from alerting.fibers import aside
from tasks.link import AT_ONCE, Link
from tasks.transaction import Command, packed, refusal

_MOST_BYTES = 65536
"""What is longer would let all others wait."""
_TURN_WITHIN_S = 0.1
"""How long a thread waits for the connection before it takes one of its own."""


class Receipt:
    """The answers to a transaction, once they are read."""

    def __init__(self, line: "Line", answers: int, on_failure: Callable[[], None]) -> None:
        self._line = line
        self._missing = answers
        self._answers: list[Any] = []
        self._error: redis.RedisError | None = None
        self._on_failure = on_failure

    @property
    def is_open(self) -> bool:
        """Whether it is not known yet what became of the transaction."""
        return bool(self._missing) and self._error is None

    def confirm(self) -> None:
        """Return once Redis has run the transaction; raises RedisError.

        Then either nothing of it was run, or the answer was lost.
        """
        if self.is_open:
            self._line.read_for(self)
        if self._error:
            raise self._error

    def take(self, answer: Any) -> None:
        """Note the next answer."""
        self._answers.append(answer)
        self._missing -= 1
        if not self._missing and (error := refusal(self._answers)):
            self.fail(error)

    def fail(self, error: redis.RedisError) -> None:
        """Note that Redis has refused, or that no answer will come."""
        self._error = error
        self._on_failure()


class Line:
    """The connection of one process; it is made when first used, and anew when it was lost."""

    def __init__(self, connect: Callable[[], redis.Redis]) -> None:
        self._client = connect()
        self._lock = threading.Lock()
        self._connection: Any = None
        self._link: Link | None = None
        self._unanswered: deque[Receipt] = deque()
        self._unsent = b""
        """The rest of a transaction, when the system did not take all of it."""
        self._is_refused = False
        self._is_tls = False

    def send(
        self, commands: Sequence[Command], *, on_failure: Callable[[], None]
    ) -> Receipt | None:
        """Send commands that run together or not at all.

        ``on_failure`` is called once it is known that they came to nothing. Returns None when
        nothing was sent, and another way is to be taken: they are long, others are sending, or
        the connection is one of TLS, which cannot tell what is there already. Raises RedisError
        when it may be that they were sent.
        """
        data = packed(commands)
        if self._is_tls or len(data) > _MOST_BYTES:
            return None
        receipt = Receipt(self, len(commands) + 2, on_failure)
        # The moment that it takes is not worth another thread, but to connect or to queue may be.
        is_now = self._link and self._lock.acquire(blocking=False)
        is_sent = (is_now and self._send(data, receipt, waits=False)) or aside(
            partial(self._send_in_turn, data, receipt)
        )
        if is_sent and self._unsent:
            aside(self._send_rest_in_turn)
        return receipt if is_sent else None

    def read_for(self, receipt: Receipt) -> None:
        """Read until nothing about the receipt is open."""
        with self._lock:
            while receipt.is_open and self._link:
                self._send_rest(self._link)
                self._read(self._link)

    def _send_in_turn(self, data: bytes, receipt: Receipt) -> bool:
        is_turn = self._lock.acquire(timeout=_TURN_WITHIN_S)
        return is_turn and self._send(data, receipt, waits=True)

    def _send_rest_in_turn(self) -> None:
        with self._lock:
            if self._link:
                self._send_rest(self._link)

    def _send(self, data: bytes, receipt: Receipt, *, waits: bool) -> bool:
        """Send, unless there is no connection to do so, and let go of the lock.

        Who does not wait sends nothing where Redis has to be connected to, or takes nothing now.
        """
        try:
            link = self._intact(connects=waits)
            return link is not None and self._write(link, data, receipt, waits=waits)
        finally:
            self._lock.release()

    def _intact(self, *, connects: bool) -> Link | None:
        """Return a link that is not known to be lost, with all that was answered read."""
        while self._link and self._read(self._link, flags=AT_ONCE):
            pass
        if self._is_refused and not self._unanswered:  # As by a primary that is none any more.
            self._lost(ConnectionAbortedError())
        if self._link is None and connects:
            self._open()
        return self._link

    def _open(self) -> None:
        if self._connection is None:
            self._connection = self._client.connection_pool.get_connection()
        link = Link(self._connection)
        if link.is_tls:
            self._is_tls = True
            self._connection.disconnect()
            return
        self._is_refused = False
        self._link = link

    def _write(self, link: Link, data: bytes, receipt: Receipt, *, waits: bool) -> bool:
        """Send, all of it or, for who does not wait, some; return False when nothing goes now."""
        if self._unsent and not waits:
            return False
        self._unanswered.append(receipt)
        self._unsent += data
        try:
            self._unsent = self._unsent[link.socket.send(self._unsent, AT_ONCE) :]
        except BlockingIOError:
            if not waits:
                self._unsent = b""
                self._unanswered.pop()
                return False
        except OSError as error:
            raise self._lost(error) from error
        if waits:
            self._send_rest(link)
        return True

    def _send_rest(self, link: Link) -> None:
        """Send what was left to be sent."""
        if not self._unsent:
            return
        try:
            link.socket.settimeout(self._connection.socket_timeout)
            link.socket.sendall(self._unsent)
            link.socket.settimeout(None)
        except OSError as error:
            raise self._lost(error) from error
        self._unsent = b""

    def _read(self, link: Link, *, flags: int = 0) -> bool:
        """Read some answers, and return whether there were any; without flags, wait for them."""
        try:
            if not flags:
                link.socket.settimeout(self._connection.socket_timeout)
            for answer in link.arrived(flags=flags):
                self._take(answer)
            if not flags:
                link.socket.settimeout(None)
        except BlockingIOError:
            return False
        except (OSError, hiredis.HiredisError) as error:
            self._lost(error)
        return True

    def _take(self, answer: Any) -> None:
        if isinstance(answer, hiredis.PushNotification):  # An answer to nothing.
            return
        if not self._unanswered:
            raise ConnectionAbortedError
        receipt = self._unanswered[0]
        receipt.take(answer)
        self._is_refused |= isinstance(answer, redis.ResponseError)
        if not receipt.is_open:
            self._unanswered.popleft()

    def _lost(self, error: Exception) -> redis.ConnectionError:
        """Let go of the connection, and of all whose answers would have come on it."""
        lost = redis.ConnectionError(f"The connection was lost: {type(error).__name__}.")
        while self._unanswered:
            self._unanswered.popleft().fail(lost)
        self._unsent = b""
        self._link = None
        self._connection.disconnect()
        return lost
