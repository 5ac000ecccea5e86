"""dramatiq: ``dramatiq benchmarks.peers.workers.dramatiq_echo -p 1 -t 1``, results kept."""

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from benchmarks.payloads import ECHOED

_results = RedisBackend(url=os.environ["REDIS_URL"])
broker = RedisBroker(url=os.environ["REDIS_URL"])
broker.add_middleware(Results(backend=_results))
dramatiq.set_broker(broker)


@dramatiq.actor(store_results=True)  # type: ignore[untyped-decorator] # not in every environment
def echo(payload: object) -> object:
    """Return the payload."""
    return payload


def fill(jobs: int) -> tuple[str, str]:
    """Enqueue the jobs."""
    sent = [echo.send(ECHOED) for _ in range(jobs)]
    return _results.build_message_key(sent[0]), _results.build_message_key(sent[-1])
