"""Taking a job back: from its queue, or from the worker that runs it. Knows RQ's layout.

A job that a worker has just taken from its queue is in neither place for a moment: ask again.
"""

from typing import cast

import redis
import rq
from rq.command import send_command
from rq.registry import CanceledJobRegistry

from tasks.job import Job
from tasks.keyspace import ENDED_CHANNEL

# One step, so that no worker can take the job between its removal and its new status.
_TAKE_BACK = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'status', ARGV[2])
redis.call('ZADD', KEYS[3], '+inf', ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1
"""


def cancel(connection: redis.Redis, job_id: str) -> None:
    """Cancel the job if it is queued, or tell its worker to stop it; raises RedisError."""
    stored = connection.hmget(Job.key_for(job_id), ["origin", "worker_name"])
    origin, worker = [str(one or b"", "utf-8") for one in cast("list[bytes | None]", stored)]
    if origin and not _take_back(connection, job_id, origin=origin) and worker:
        send_command(connection, worker, "stop-job", job_id=job_id)


def _take_back(connection: redis.Redis, job_id: str, *, origin: str) -> bool:
    queue = rq.Queue(origin, connection=connection)
    canceled = CanceledJobRegistry(origin, connection=connection)
    keys = [queue.key, Job.key_for(job_id), canceled.key]
    status = rq.job.JobStatus.CANCELED.value
    taken = connection.eval(_TAKE_BACK, len(keys), *keys, job_id, status, ENDED_CHANNEL)
    return bool(taken)
