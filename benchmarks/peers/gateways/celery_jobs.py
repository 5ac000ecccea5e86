"""The queue of FastAPI + Celery: ``celery -A benchmarks.peers.gateways.celery_jobs worker``.

It keeps what ours promises as far as Celery can: nobody reads payloads and results in Redis, and a
job whose worker was killed is delivered again.
"""

import json
import os
from urllib.parse import urlsplit

from celery import Celery

from benchmarks.peers.gateways.desk import WAIT_S, log_to_file
from benchmarks.peers.gateways.seal import open_sealed, seal

_SOCKET = f"redis+socket://{urlsplit(os.environ['REDIS_URL']).path}"
_log = log_to_file()

app = Celery("bench", broker=_SOCKET, backend=_SOCKET)
# A connection to publish on for each thread that may wait. Late acknowledgement goes with a
# prefetch of one, as Celery's manual has it; the rest is Celery's own choice.
app.conf.update(
    broker_pool_limit=int(os.environ["WEB_THREADS"]),
    task_ignore_result=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
)


@app.task(name="echo")  # type: ignore[untyped-decorator] # Celery comes without types
def echo(sealed: str, request_id: str) -> str:
    """Return the payload, sealed as it came."""
    payload = json.loads(open_sealed(sealed))
    _log.info("job task=echo request_id=%s status=finished", request_id)
    return seal(json.dumps(payload))


def ask(payload: object, request_id: str) -> object:
    """Have the job run and wait for the message on its result's channel, not by polling.

    Celery keeps a subscription for each thread, so it is sent and awaited in the same one.
    """
    result = echo.delay(seal(json.dumps(payload)), request_id).get(timeout=WAIT_S)
    return json.loads(open_sealed(result))
