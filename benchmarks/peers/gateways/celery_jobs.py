"""The queue of FastAPI + Celery: ``celery -A benchmarks.peers.gateways.celery_jobs worker``."""

import os
from urllib.parse import urlsplit

from celery import Celery

from benchmarks.peers.gateways.desk import WAIT_S, log_to_file

_SOCKET = f"redis+socket://{urlsplit(os.environ['REDIS_URL']).path}"
_log = log_to_file()

app = Celery("bench", broker=_SOCKET, backend=_SOCKET)
# A connection to publish on for each thread that may wait; the rest is Celery's own choice.
app.conf.update(broker_pool_limit=int(os.environ["WEB_THREADS"]), task_ignore_result=False)


@app.task(name="echo")  # type: ignore[untyped-decorator] # Celery comes without types
def echo(payload: object, request_id: str) -> object:
    """Return the payload."""
    _log.info("job task=echo request_id=%s status=finished", request_id)
    return payload


def ask(payload: object, request_id: str) -> object:
    """Have the job run and wait for the message on its result's channel, not by polling.

    Celery keeps a subscription for each thread, so it is sent and awaited in the same one.
    """
    return echo.delay(payload, request_id).get(timeout=WAIT_S)
