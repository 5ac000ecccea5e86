"""Flask + stock ``rq worker``: ``gunicorn benchmarks.peers.gateways.flask_rq:app``."""

import time

import rq

from benchmarks.peers.gateways.desk import WAIT_S, redis_client
from benchmarks.peers.gateways.flask_gateway import create_app
from benchmarks.peers.gateways.rq_jobs import echo

_POLL_S = 0.01
_queue = rq.Queue("default", connection=redis_client())


def ask(payload: object, request_id: str) -> object:
    """Have the job run and look every 10 ms whether it has finished."""
    job = _queue.enqueue(echo, payload, request_id)
    deadline = time.monotonic() + WAIT_S
    while not job.is_finished:
        if job.is_failed or time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(_POLL_S)
    return job.return_value()


app = create_app(ask, searches=True)
