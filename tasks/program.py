"""A command that is kept running, and supervisor's configuration of several. Starts nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# Nothing becomes stable by starting: one that ends within this time waits before its next start.
STABLE_AFTER_S = 5
LONGEST_BACKOFF_S = 10

WORKERS_PRIORITY = 20
"""Supervisor starts the lowest first and stops the highest first, after the one before is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command that is kept running; its words hold no path, so that none needs quoting.

    An elastic one starts with no process; whoever watches the load says how many there are, up to
    ``copies``.
    """

    name: str
    command: str
    priority: int
    stop_wait_s: int
    copies: int = 1
    is_elastic: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


def program_of(process: str) -> str:
    """Return the name of a process's program."""
    return process.rpartition("-")[0]


def supervisor_config(running: list[Program]) -> str:
    """Return the text of supervisor's configuration file."""
    workers = [program.name for program in running if program.priority == WORKERS_PRIORITY]
    return "\n".join(
        [
            "[supervisord]",
            "nodaemon = true",
            "silent = true",
            "logfile = /dev/null",
            "logfile_maxbytes = 0",
            # Together, so that they stop at the same time and not one queue after the other.
            *(["[group:workers]", f"programs = {','.join(workers)}"] if workers else []),
            *([f"priority = {WORKERS_PRIORITY}"] if workers else []),
            *(line for program in running for line in _section(program)),
            "",
        ]
    )


def _section(program: Program) -> list[str]:
    environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return [
        f"[program:{program.name}]",
        f"command = {program.command}",
        "process_name = %(program_name)s-%(process_num)d",
        f"numprocs = {program.copies}",
        f"priority = {program.priority}",
        f"environment = {environment}",
        f"autostart = {'false' if program.is_elastic else 'true'}",
        "autorestart = true",
        f"startsecs = {STABLE_AFTER_S}",
        # More than the back-off ever counts to: supervisor would give up after so many.
        f"startretries = {2 * LONGEST_BACKOFF_S}",
        f"stopwaitsecs = {program.stop_wait_s}",
        "killasgroup = true",
        "redirect_stderr = true",
        "stdout_logfile = NONE",
        "stdout_events_enabled = true",
    ]
