"""Supervisor, made to keep trying, to tell the log, to follow a load, and to end with its parent.

It is the stock one but for a few small hooks. Knows only its configuration, not the programs.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.process import Subprocess
from supervisor.states import ProcessStates, SupervisorStates
from supervisor.supervisord import Supervisor

from alerting import log
from tasks.program import LONGEST_BACKOFF_S, program_of

_PR_SET_PDEATHSIG = 1
_FIRST_WITHIN_S = 5
_LOOK_AGAIN_S = 1.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
# Not among them: what is being stopped, and what somebody has stopped.
_UP = (
    ProcessStates.STARTING,
    ProcessStates.RUNNING,
    ProcessStates.BACKOFF,
    ProcessStates.EXITED,
)

_logger = logging.getLogger(__name__)

Wanted = Callable[[Mapping[str, int]], Mapping[str, int]]
"""Takes how many processes the programs have, returns how many the elastic ones should have."""


def unchanged(_running: Mapping[str, int]) -> Mapping[str, int]:
    """Want nothing else than what there is."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What supervisor needs to know besides its configuration.

    ``launcher`` is the process id of a parent with which all ends. ``first`` appears when the
    program of the lowest priority serves the others. With ``has_log_file`` the programs' output
    goes there, else on. ``wanted`` is asked once a second.
    """

    has_log_file: bool
    launcher: int | None = None
    first: Path | None = None
    wanted: Wanted = unchanged


def supervise(config: str, watch: Watch) -> None:
    """Run the programs of the configuration until asked to stop or the launcher is gone.

    What is under way is finished first; who asks again has it stopped at once.
    """
    # Commands name no path: the interpreter's own folder comes first.
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
    options = _Options()
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".conf") as file:
        file.write(config)
        file.flush()
        options.realize(["-c", file.name], doc="")
    options.first = True
    options.test = False
    try:
        _Supervisor(options, watch).main()
    except ExitNow:
        _logger.info("every part has stopped")


class _Options(ServerOptions):  # type: ignore[misc] # supervisor has no types
    """Supervisor's view of the operating system."""

    stops_asked = 0
    """How often somebody has asked for the end."""

    def get_signal(self) -> int | None:
        """Return the next signal that has come; each that asks for the end counts as one."""
        number: int | None = super().get_signal()
        if number not in _STOP_SIGNALS:
            return number
        self.stops_asked += 1
        return signal.SIGTERM

    def cleanup_fds(self) -> None:
        """Leave descriptors alone: the log file is among them, and none is passed to a program."""

    def write_pidfile(self) -> None:
        """Write none: nothing looks for it, and a stale one would only mislead."""

    def setpgrp(self) -> None:
        """Prepare a program's process, before its command replaces this one.

        Where the kernel can, it ends the program when this process is killed; else a program
        outlives it.
        """
        super().setpgrp()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Supervisor(Supervisor):  # type: ignore[misc]
    """Supervisor with its launcher and a load in view."""

    def __init__(self, options: _Options, watch: Watch) -> None:
        super().__init__(options)
        self._watch = watch
        self._look_at = 0.0

    def runforever(self) -> None:
        """Start the programs at once, not after the first second of waiting."""
        events.subscribe(events.ProcessStateBackoffEvent, _limit_backoff)
        events.subscribe(events.ProcessStateExitedEvent, _tell_restart)
        tell_output = _log_output if self._watch.has_log_file else _pass_output_on
        events.subscribe(events.ProcessLogEvent, tell_output)
        for group in sorted(self.process_groups.values()):
            group.transition()
            self._wait_for_first()
        self._follow_load()
        super().runforever()

    def _wait_for_first(self) -> None:
        """Spare the others a start in vain; if it takes longer, they are restarted as ever."""
        deadline = time.monotonic() + _FIRST_WITHIN_S
        while self._watch.first and not self._watch.first.exists():
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def tick(self, now: float | None = None) -> None:
        """Stop everything in order when the launcher was killed and could not ask for it."""
        super().tick(now)
        if self._watch.launcher not in (None, os.getppid()):
            self.options.mood = SupervisorStates.SHUTDOWN
        if time.monotonic() < self._look_at:
            return
        if self.options.mood >= SupervisorStates.RUNNING:
            self._follow_load()
        elif self.options.stops_asked > 1:
            self._hurry()
        self._look_at = time.monotonic() + _LOOK_AGAIN_S

    def _follow_load(self) -> None:
        programs: dict[str, list[Subprocess]] = {}
        for process in self._processes():
            programs.setdefault(program_of(process.config.name), []).append(process)
        running = {name: sum(map(_is_up, processes)) for name, processes in programs.items()}
        for name, count in self._watch.wanted(running).items():
            _bring_to(count, programs[name])

    def _hurry(self) -> None:
        """Ask again whoever was asked to stop: a worker then hands its job back."""
        for process in self._processes():
            if process.state == ProcessStates.STOPPING:
                process.signal(signal.SIGTERM)

    def _processes(self) -> list[Subprocess]:
        groups = self.process_groups.values()
        return [process for group in groups for process in group.processes.values()]


def _is_up(process: Subprocess) -> bool:
    return process.state in _UP


def _bring_to(count: int, processes: list[Subprocess]) -> None:
    """Start or stop processes of a program until as many are up; one that stops still drains."""
    up = [process for process in processes if _is_up(process)]
    down = [process for process in processes if process.state == ProcessStates.STOPPED]
    for process in down[: max(count - len(up), 0)]:
        process.spawn()
    for process in up[count:]:
        process.stop()


def _limit_backoff(event: events.ProcessStateBackoffEvent) -> None:
    """Keep trying: supervisor itself waits ever longer and then gives up."""
    event.process.backoff = min(event.process.backoff, LONGEST_BACKOFF_S)
    _tell_restart(event)


def _tell_restart(event: events.ProcessStateEvent) -> None:
    log.event(
        _logger,
        "a part ended and is restarted",
        level=logging.WARNING,
        part=event.process.config.name,
        reason=event.process.spawnerr or "ended by itself",
        backoff_s=event.process.backoff,
    )


def _log_output(event: events.ProcessLogEvent) -> None:
    """Log what a part prints: usually nothing, or why it cannot go on."""
    for line in event.data.decode(errors="replace").splitlines():
        log.event(_logger, "output", part=event.process.config.name, line=line)


def _pass_output_on(event: events.ProcessLogEvent) -> None:
    """Print what a part prints: without a log file, these are the lines of the log."""
    sys.stderr.buffer.write(event.data)
    sys.stderr.flush()
