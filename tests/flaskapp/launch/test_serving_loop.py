"""The thread that serves the connections of a process."""

import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from flaskapp.launch.serving_loop import ServingLoop


class _Worker:
    """What the loop is given; without memory for the first things that it is asked."""

    def __init__(self, *, failures: int = 0) -> None:
        self._failures = failures
        self.has_served = threading.Semaphore(0)
        self.has_counted = threading.Semaphore(0)
        self.loop = ServingLoop(handle=self.handle, count_end=self.count_end, long_threads=1)

    def handle(self, _conn: TConn) -> bool:
        """Serve a request, after which the connection ends."""
        self._fail_at_first()
        self.has_served.release()
        return False

    def count_end(self) -> None:
        """Count a connection that has ended."""
        self._fail_at_first()
        self.has_counted.release()

    def _fail_at_first(self) -> None:
        if self._failures:
            self._failures -= 1
            raise MemoryError


@contextmanager
def _running(loop: ServingLoop) -> Iterator[None]:
    serving = threading.Thread(target=loop.run)
    serving.start()
    try:
        yield
    finally:
        loop.end()
        serving.join(timeout=5)
    assert not serving.is_alive()


def _connect(loop: ServingLoop) -> socket.socket:
    """Return the client's side of a connection that the loop has and that has sent something."""
    ours, client = socket.socketpair()
    client.settimeout(5)
    conn = TConn(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
    conn.timeout = math.inf
    loop.idle.put(conn)
    client.send(b"a")
    return client


def test_what_fails_outside_of_a_request_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the thread serves the next connections, also those that came with it."""
    worker = _Worker(failures=2)
    clients = [_connect(worker.loop) for _ in range(3)]
    with _running(worker.loop):
        assert worker.has_served.acquire(timeout=5)
        assert worker.has_served.acquire(timeout=5)
    assert "connection given up" in caplog.text
    assert "request given up" in caplog.text
    worker.loop.close_expired(all_of_them=True)
    for client in clients:
        client.close()


def test_a_client_that_had_its_last_answer_is_seen_off() -> None:
    """It is told that no more comes, and its connection counts until it leaves as well."""
    worker = _Worker()
    with _running(worker.loop), _connect(worker.loop) as client:
        assert client.recv(1) == b""
        assert not worker.has_counted.acquire(timeout=0.1)
        client.shutdown(socket.SHUT_WR)
        assert worker.has_counted.acquire(timeout=5)
