"""Celery: ``celery -A benchmarks.peers.workers.celery_echo worker -P prefork -c 1``."""

import os
from urllib.parse import urlsplit

from celery import Celery

from benchmarks.payloads import ECHOED

_SOCKET = f"redis+socket://{urlsplit(os.environ['REDIS_URL']).path}"

app = Celery("bench", broker=_SOCKET, backend=_SOCKET)


@app.task(name="echo")  # type: ignore[untyped-decorator] # Celery comes without types
def echo(payload: object) -> object:
    """Return the payload."""
    return payload


def fill(jobs: int) -> tuple[str, str]:
    """Enqueue the jobs."""
    ids = [echo.delay(ECHOED).id for _ in range(jobs)]
    return f"celery-task-meta-{ids[0]}", f"celery-task-meta-{ids[-1]}"
