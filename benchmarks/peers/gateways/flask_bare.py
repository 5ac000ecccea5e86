"""A bare echo by way of two lists in Redis: ``gunicorn benchmarks.peers.gateways.flask_bare:app``.

Nothing is guaranteed and nothing searched: a lost worker loses its job, nobody cleans up. It is
the practical limit of Flask, Redis and a worker process.
"""

import json

from benchmarks.peers.gateways.bare_worker import JOBS
from benchmarks.peers.gateways.desk import WAIT_S, redis_client
from benchmarks.peers.gateways.flask_gateway import create_app

_redis = redis_client()


def ask(payload: object, request_id: str) -> object:
    """Push the payload and wait for what comes back on a list of the request's own."""
    _redis.lpush(JOBS, json.dumps([request_id, payload]))
    answer = _redis.brpop([request_id], timeout=WAIT_S)
    if answer is None:
        raise TimeoutError
    return json.loads(answer[1])


app = create_app(ask, searches=False)
