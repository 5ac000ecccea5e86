"""What runs, in which order and how long it may take to stop: the configuration of supervisor."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flaskapp.queues import served_queues
from flaskapp.settings import WebSettings
from tasks.registry import TaskRegistry

GRACE_S = 5
REDIS_STOP_S = 60
# Nothing becomes stable by starting: one that ends within this time waits before its next start.
STABLE_AFTER_S = 5
LONGEST_BACKOFF_S = 10

# Supervisor starts the lowest first and stops the highest first, each when the one before is gone.
_REDIS, _WORKERS, _WEB = 10, 20, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command that is kept running; its words hold no path, so that none needs quoting."""

    name: str
    command: str
    priority: int
    stop_wait_s: int
    copies: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)


def web_drain_s(settings: WebSettings) -> int:
    """Return the seconds gunicorn may take to finish what it answers: the longest wait and some."""
    return max(settings.max_wait, settings.wait_timeout) + GRACE_S


def programs(
    settings: WebSettings, tasks: TaskRegistry, *, own_redis: bool, environment: Mapping[str, str]
) -> list[Program]:
    """Return what to run; ``environment`` is for the web processes only.

    Each queue has worker processes of its own, because a worker on several queues can lose a job.
    """
    python = Path(sys.executable).name
    longest_job_s = max(
        (task.timeout_s or settings.job_timeout for task in tasks), default=settings.job_timeout
    )
    redis = Program(
        name="redis",
        command=f"{python} -m tasks.redis_server",
        priority=_REDIS,
        stop_wait_s=REDIS_STOP_S,
    )
    workers = [
        Program(
            name=f"worker-{queue}",
            command=f"{python} -m rq.cli worker -c tasks.rq_config -w tasks.worker.Worker {queue}",
            priority=_WORKERS,
            stop_wait_s=longest_job_s + GRACE_S,
            copies=settings.workers,
        )
        for queue in served_queues(settings, tasks)
    ]
    web = Program(
        name="web",
        command=f"{python} -m gunicorn wsgi:app",
        priority=_WEB,
        stop_wait_s=web_drain_s(settings) + GRACE_S,
        environment=environment,
    )
    return [*([redis] if own_redis else []), *workers, web]


def supervisor_config(running: list[Program]) -> str:
    """Return the text of supervisor's configuration file."""
    workers = [program.name for program in running if program.priority == _WORKERS]
    return "\n".join(
        [
            "[supervisord]",
            "nodaemon = true",
            "silent = true",
            "logfile = /dev/null",
            "logfile_maxbytes = 0",
            # Together, so that they stop at the same time and not one queue after the other.
            "[group:workers]",
            f"programs = {','.join(workers)}",
            f"priority = {_WORKERS}",
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
