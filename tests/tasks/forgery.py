"""What a forger makes of jobs in Redis, and what becomes of them."""

import json
import zlib
from pathlib import Path
from typing import Any

from redis import Redis

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.payload_keys import process_keys
from tasks.rq_queue import Queue
from tasks.sealing import KeyRing
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served
from tests.tasks.test_queue_contract import submit

META = {"caller": "ann", "request_id": "r-1", "task": "touch"}
Fields = dict[Any, Any]


def enqueue(
    redis: Redis, path: Path, forged: Fields, *, keys: KeyRing | None = None, **options: Any
) -> str:
    """Enqueue a job that would make a file, with some of its fields forged, and return its id."""
    queue = Queue("default", redis, job_class=Job.sealed_by(keys or process_keys()))
    name = f"{odd_tasks.__name__}.touch"
    with redis.pipeline() as pipeline:
        job = queue.enqueue_call(name, (str(path),), meta=META, pipeline=pipeline, **options)
        if forged:
            pipeline.hset(job.key, mapping=forged)
        pipeline.execute()
    return job.id


def plain_call(path: Path) -> bytes:
    """Return the call as RQ itself stores it, with nothing to prove."""
    return zlib.compress(
        json.dumps([f"{odd_tasks.__name__}.touch", None, [str(path)], {}]).encode()
    )


def forge(served: Served, path: str, *args: Any, **options: Any) -> str:
    """Store a job as a program of ours with access to keys and Redis could, and return its id."""
    queue = Queue("default", served.server.client())
    meta = {"caller": "eve", "request_id": "r-9", "task": "echo"}
    return queue.enqueue_call(path, args=args, description="x", meta=meta, **options).id


def finished(served: Served, payload: Any = "genuine") -> str:
    """Return the id of a job that has ended well."""
    job_id = submit(served.queue, echo, payload)
    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FINISHED
    return job_id
