"""What `make run` starts, in which order and how long it may take to stop."""

import sys
from collections.abc import Mapping
from pathlib import Path

from flaskapp.settings import WebSettings
from tasks.program import WORKERS_PRIORITY, Program
from tasks.registry import TaskRegistry
from tasks.worker_programs import worker_programs

GRACE_S = 5
REDIS_STOP_S = 60

_REDIS, _WEB = WORKERS_PRIORITY - 10, WORKERS_PRIORITY + 10


def web_drain_s(settings: WebSettings) -> int:
    """Return the seconds gunicorn may take to finish what it answers: the longest wait and some."""
    return max(settings.max_wait, settings.wait_timeout) + GRACE_S


def programs(
    settings: WebSettings, tasks: TaskRegistry, *, own_redis: bool, environment: Mapping[str, str]
) -> list[Program]:
    """Return what to run; ``environment`` is for the web processes only.

    Raises InvalidSettings when WORKERS does not fit the queues.
    """
    python = Path(sys.executable).name
    redis = Program(
        name="redis",
        command=f"{python} -m tasks.redis_server",
        priority=_REDIS,
        stop_wait_s=REDIS_STOP_S,
    )
    web = Program(
        name="web",
        command=f"{python} -m gunicorn wsgi:app",
        priority=_WEB,
        stop_wait_s=web_drain_s(settings) + GRACE_S,
        environment=environment,
    )
    return [*([redis] if own_redis else []), *worker_programs(settings, tasks), web]
