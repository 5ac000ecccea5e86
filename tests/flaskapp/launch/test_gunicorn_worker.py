"""gunicorn's worker with our hooks."""

import logging
import math
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, UnsupportedTransferCoding
from gunicorn.workers.gthread import TConn

from flaskapp.launch.gunicorn_worker import Worker
from flaskapp.launch.idle_connections import IdleConnections


class _TellingPool(ThreadPoolExecutor):
    """A pool during whose shutdown the master tells the worker to stop as well."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(max_workers=1)
        self._worker = worker
        self.shutdowns = 0

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Count, and be interrupted by the second signal."""
        self.shutdowns += 1
        assert self.shutdowns == 1
        self._worker.handle_quit(signal.SIGQUIT, None)
        super().shutdown(wait, cancel_futures=cancel_futures)


class _Failing(Worker):
    """A worker without memory for the first of its requests."""

    has_failed = False

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.has_served = threading.Semaphore(0)

    def _serve(self, _conn: TConn, _idle: IdleConnections) -> None:
        if not self.has_failed:
            self.has_failed = True
            raise MemoryError
        self.has_served.release()


def test_a_second_signal_does_not_stop_the_stop() -> None:
    """Ctrl-C, which the worker hears twice, ends it once and at once."""
    worker = Worker(0, 1, [], None, 30, Config(), None)
    worker.tpool = pool = _TellingPool(worker)

    with pytest.raises(SystemExit):
        worker.handle_quit(signal.SIGINT, None)

    assert pool.shutdowns == 1
    worker.tmp.close()


def test_what_fails_outside_of_a_request_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the thread serves the next connections, also those that came with it."""
    worker = _Failing(0, 1, [], None, 30, Config(), None)
    idle = IdleConnections()
    pairs = [socket.socketpair() for _ in range(3)]
    for ours, client in pairs:
        conn = TConn(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        conn.timeout = math.inf
        idle.put(conn)
        client.send(b"a")
    serving = threading.Thread(target=worker._serve_always, args=(idle,))
    serving.start()
    assert worker.has_served.acquire(timeout=5)
    assert worker.has_served.acquire(timeout=5)
    worker._is_over = True
    idle.wake()
    serving.join(timeout=5)
    assert not serving.is_alive()
    assert "request given up" in caplog.text
    worker.tmp.close()
    for ours, client in pairs:
        ours.close()
        client.close()


@pytest.mark.parametrize(
    ("fault", "status", "level"),
    [
        (InvalidHeader("x"), 400, logging.INFO),
        (UnsupportedTransferCoding("x"), 501, logging.INFO),
        (ValueError("x"), 500, logging.ERROR),
    ],
)
def test_only_our_own_faults_are_errors(
    caplog: pytest.LogCaptureFixture, fault: Exception, status: int, level: int
) -> None:
    """What a client sends cannot fill the log with errors; it is answered all the same."""
    worker = Worker(0, 1, [], None, 30, Config(), None)
    ours, client = socket.socketpair()
    with ours, client, caplog.at_level(logging.INFO):
        worker.handle_error(None, ours, None, fault)
        assert client.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())
    assert [record.levelno for record in caplog.records] == [level]
    worker.tmp.close()
