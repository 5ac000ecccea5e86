"""Supervisor, made to keep trying, to tell the log, and to end with the process that started it.

It is the stock one but for three small hooks. Knows only its configuration file, not the programs.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from alerting import log
from flaskapp.launch.programs import LONGEST_BACKOFF_S

_PR_SET_PDEATHSIG = 1
_FIRST_WITHIN_S = 5

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What supervisor needs to know besides its configuration.

    ``launcher`` is the process id of the parent. ``first`` appears when the program of the lowest
    priority serves the others. With ``has_log_file`` the programs' output goes there, else on.
    """

    launcher: int
    first: Path | None
    has_log_file: bool


def supervise(config: Path, watch: Watch) -> None:
    """Run the programs of the configuration until asked to stop or the launcher is gone."""
    options = _Options()
    options.realize(["-c", str(config)], doc="")
    options.first = True
    options.test = False
    try:
        _Supervisor(options, watch).main()
    except ExitNow:
        _logger.info("every part has stopped")


class _Options(ServerOptions):  # type: ignore[misc] # supervisor has no types
    """Supervisor's view of the operating system."""

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
    """Supervisor with its launcher in view."""

    def __init__(self, options: ServerOptions, watch: Watch) -> None:
        super().__init__(options)
        self._watch = watch

    def runforever(self) -> None:
        """Start the programs at once, not after the first second of waiting."""
        events.subscribe(events.ProcessStateBackoffEvent, _limit_backoff)
        events.subscribe(events.ProcessStateExitedEvent, _tell_restart)
        tell_output = _log_output if self._watch.has_log_file else _pass_output_on
        events.subscribe(events.ProcessLogEvent, tell_output)
        for group in sorted(self.process_groups.values()):
            group.transition()
            self._wait_for_first()
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
        if os.getppid() != self._watch.launcher:
            self.options.mood = SupervisorStates.SHUTDOWN


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
