"""gunicorn's worker with our hooks."""

import logging
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, UnsupportedTransferCoding

from flaskapp.launch.gunicorn_worker import Worker


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


def test_a_second_signal_does_not_stop_the_stop() -> None:
    """Ctrl-C, which the worker hears twice, ends it once and at once."""
    worker = Worker(0, 1, [], None, 30, Config(), None)
    worker.tpool = pool = _TellingPool(worker)

    with pytest.raises(SystemExit):
        worker.handle_quit(signal.SIGINT, None)

    assert pool.shutdowns == 1
    worker.tmp.close()


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
