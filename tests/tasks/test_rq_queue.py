"""RQ's own code reads our queues through our class without unpickling."""

import os
import pickle
from pathlib import Path
from typing import Any

import rq.registry

from tasks.rq_queue import Queue
from tests.redis_process import RedisProcess


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        """Return what unpickling calls."""
        return os.mknod, (str(self._path),)


def test_cleaning_the_registries_unpickles_nothing(own_redis: RedisProcess, tmp_path: Path) -> None:
    """``rq info``, which reads jobs whose workers are gone, runs nothing of them."""
    trace = tmp_path / "unpickled"
    meta = pickle.dumps(Touch(trace))
    with own_redis.client() as client:
        client.hset(
            "rq:job:forged",
            mapping={"data": b"", "status": "started", "origin": "default", "meta": meta},
        )
        client.sadd("rq:queues", "rq:queue:default")
        client.zadd("rq:wip:default", {"forged:execution": 1})

        (queue,) = Queue.all(connection=client)
        rq.registry.clean_registries(queue)

        assert "forged" in queue.failed_job_registry.get_job_ids()
    assert not trace.exists()
