"""gunicorn's worker with our hooks."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config

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
