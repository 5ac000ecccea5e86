"""RQ's own workers: ``rq worker`` and ``rq worker -w rq.SimpleWorker``."""

import os

import redis
import rq

from benchmarks.echo_task import echo
from benchmarks.payloads import ECHOED


def fill(jobs: int) -> tuple[str, str]:
    """Enqueue the jobs."""
    queue = rq.Queue("default", connection=redis.Redis.from_url(os.environ["REDIS_URL"]))
    ids = [queue.enqueue(echo, ECHOED, description="echo").id for _ in range(jobs)]
    return f"rq:results:{ids[0]}", f"rq:results:{ids[-1]}"
