"""huey: ``huey_consumer benchmarks.peers.workers.huey_echo.huey -w 1``, a key for each result."""

import os

from huey import RedisExpireHuey

from benchmarks.payloads import ECHOED

huey = RedisExpireHuey("bench", url=os.environ["REDIS_URL"])


@huey.task()  # type: ignore[untyped-decorator] # huey comes without types
def echo(payload: object) -> object:
    """Return the payload."""
    return payload


def fill(jobs: int) -> tuple[str, str]:
    """Enqueue the jobs."""
    ids = [echo(ECHOED).id for _ in range(jobs)]
    key = huey.storage.result_key
    return key(ids[0]).decode(), key(ids[-1]).decode()
