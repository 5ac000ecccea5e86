"""Supervisor, made to keep trying, to tell the log, and to end with the process that started it.

It is the stock one but for three small hooks. Knows only its configuration file, not the programs.
"""

import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from alerting import log
from flaskapp.launch.programs import LONGEST_BACKOFF_S

_PR_SET_PDEATHSIG = 1

_logger = logging.getLogger(__name__)


def supervise(config: Path, *, launcher: int) -> None:
    """Run the programs of the configuration until asked to stop or the launcher is gone.

    ``launcher`` is the process id of the parent.
    """
    options = _Options()
    options.realize(["-c", str(config)], doc="")
    options.first = True
    options.test = False
    try:
        _Supervisor(options, launcher=launcher).main()
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

    def __init__(self, options: ServerOptions, *, launcher: int) -> None:
        super().__init__(options)
        self._launcher = launcher

    def runforever(self) -> None:
        """Start the programs at once, not after the first second of waiting."""
        events.subscribe(events.ProcessStateBackoffEvent, _limit_backoff)
        events.subscribe(events.ProcessStateExitedEvent, _tell_restart)
        events.subscribe(events.ProcessLogEvent, _tell_output)
        for group in sorted(self.process_groups.values()):
            group.transition()
        super().runforever()

    def tick(self, now: float | None = None) -> None:
        """Stop everything in order when the launcher was killed and could not ask for it."""
        super().tick(now)
        if os.getppid() != self._launcher:
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
        reason=event.process.spawnerr,
        backoff_s=event.process.backoff,
    )


def _tell_output(event: events.ProcessLogEvent) -> None:
    """Log what a part prints: usually nothing, or why it cannot go on."""
    for line in event.data.decode(errors="replace").splitlines():
        log.event(_logger, "output", part=event.process.config.name, line=line)
