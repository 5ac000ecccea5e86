"""The process in which a worker's jobs run, one after the other. Knows neither jobs nor Redis.

What a job does to its process, it does to this one: the worker goes on and makes another.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

_PR_SET_PDEATHSIG = 1  # prctl(2)
_DIED = 1 << 8  # As wait(2) has an exit with status 1.

Answer = Callable[[bool], None]
"""Tells the worker, once, that a job's end is stored, and whether the process takes another."""

Run = Callable[[Any, Answer], None]
"""Runs one job and answers; what it does after the answer, the worker does not wait for."""


class Horse:
    """A forked process that is given jobs through a pipe and answers when it is done with one."""

    def __init__(self, prepare: Callable[[], None], run: Run) -> None:
        ours, theirs = Pipe()
        worker = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _live(theirs, prepare, run, worker=worker)
        theirs.close()
        self._pipe = ours
        self._is_leaving = False
        self._status: int | None = None
        self.has_left_job = False
        """Whether it is known to have died before it took the job it was given."""
        _lead_a_group(self.pid)

    def is_fit(self) -> bool:
        """Return whether it can be given a job; one that leaves or was killed cannot."""
        if not self._is_leaving:
            self._look()
        return not self._is_leaving and self._status is None

    def give(self, job: object) -> None:
        """Give it a job, which must be picklable; raises OSError when it is gone."""
        self._pipe.send(job)

    def kill(self, sig: signal.Signals) -> None:
        """Send a signal to it and to all that its job has started; it gets no other job."""
        self._is_leaving = True
        if self._status is None:
            os.killpg(self.pid, sig)

    def wait(self, limit_s: float) -> int | None:
        """Return 0 once it has answered, its status when it died, or None while it runs.

        A job that ends its own process has failed, whatever status it chose.
        """
        try:
            if self._pipe.poll(limit_s):
                self._is_leaving |= not self._pipe.recv()
                return os.EX_OK
        except ConnectionResetError:  # As Linux tells of a socket that was closed unread.
            self.has_left_job = True
            return self.end()
        except (EOFError, OSError):
            return self.end()
        self._look()  # What a job has forked may hold the pipe open.
        return self._status

    def end(self) -> int:
        """Let it end when it is done, and return how it died."""
        self._pipe.close()
        if self._status is None:
            self._keep(os.waitpid(self.pid, 0)[1])
        return self._status or _DIED

    def _look(self) -> None:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._keep(status)

    def _keep(self, status: int) -> None:
        self._status = status or _DIED


def _live(pipe: Connection, prepare: Callable[[], None], run: Run, *, worker: int) -> None:
    """Run jobs until the worker is gone or the time has come; never return."""
    try:
        _lead_a_group(0)
        _die_with(worker)
        prepare()
        while True:
            run(pipe.recv(), pipe.send)
    except EOFError:
        os._exit(os.EX_OK)
    except BaseException:  # noqa: BLE001 - the boundary of the process: its exit status says it
        os._exit(1)
    os._exit(os.EX_OK)


def _lead_a_group(pid: int) -> None:
    """Make the process lead a group, from both sides, whichever is first."""
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        return


def _die_with(worker: int) -> None:
    """End the process when its worker dies, where the system can: nobody watches its job then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker:
            os._exit(1)
