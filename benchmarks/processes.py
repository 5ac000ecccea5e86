"""Processes under measurement: started, watched by way of /proc, stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flaskapp.settings import WebSettings

ROOT = Path(__file__).parents[1]
_STOP_WITHIN_S = 10
_PROC = Path("/proc")
_DEAD = "ZX"
# Places in a process's numbers; of the CPU they are the ticks in user and system mode, of the
# process and of its children that it has waited for.
_SESSION, _CPU = 3, slice(11, 15)
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process of ours and all that it starts, which stay in its session."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def pids(self) -> list[int]:
        """The processes of the session that are alive now."""
        session = self.process.pid
        found = (int(place.name) for place in _PROC.iterdir() if place.name.isdecimal())
        return [pid for pid in found if _stat(pid)[_SESSION] == session]

    def cpu_s(self) -> float:
        """Return the CPU seconds of all of them so far, those that have ended included."""
        return sum(sum(_stat(pid)[_CPU]) for pid in self.pids) / _TICKS_PER_S

    def memory_kib(self) -> int:
        """Return the resident memory of all of them."""
        return sum(_resident_kib(pid) for pid in self.pids)


@contextmanager
def started(
    words: Sequence[str], *, environment: Mapping[str, str], output: Path
) -> Iterator[Started]:
    """Run a command in the checkout, in a session of its own; nothing of it is left at the end."""
    with output.open("ab") as file:
        process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Started(process=process, output=output)
    try:
        yield running
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_WITHIN_S)
        for pid in running.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        wait_until(
            lambda: not running.pids, within_s=_STOP_WITHIN_S, every_s=0.01, what="their end"
        )


class NotInTime(Exception):  # noqa: N818 - a fact about the system
    """It did not happen in time."""

    def __init__(self, what: str, within_s: float) -> None:
        super().__init__(f"Not within {within_s:g} s: {what}.")


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with the given settings and no other."""
    names = {name.upper() for name in WebSettings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return inherited | dict(given)


def wait_until(holds: Callable[[], bool], *, within_s: float, every_s: float, what: str) -> None:
    """Return when something holds; raises NotInTime."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise NotInTime(what, within_s)
        time.sleep(every_s)


def _stat(pid: int) -> list[int]:
    """Return the numbers of a process from proc(5)'s third on; zeroes when it is dead."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return [0] * 50
    state, *numbers = text.rpartition(")")[2].split()
    return [0] * 50 if state in _DEAD else [0, *map(int, numbers)]


def _resident_kib(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0")
    return int(line.split()[1])
