"""Taking a job back: from where it waits, or from the worker that runs it. Knows RQ's layout.

It waits in its queue, in RQ's schedule, or among the jobs that depend on others. One that a worker
has just taken from its queue is in none of these places for a
moment: ask again.
"""

from typing import cast

import redis
import rq
from rq.command import send_command
from rq.registry import CanceledJobRegistry, DeferredJobRegistry, ScheduledJobRegistry

from tasks.announcement import WAITER_FIELD
from tasks.job import Job
from tasks.keyspace import ENDED_CHANNEL, ended_channel

# One step, so that no worker can take the job between its removal and its new status. RQ lets
# what is scheduled live for ever: its payload must not.
_TAKE_BACK = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) + redis.call('ZREM', KEYS[4], ARGV[1])
    + redis.call('ZREM', KEYS[5], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], 'status', ARGV[2])
if redis.call('TTL', KEYS[2]) < 0 then redis.call('EXPIRE', KEYS[2], ARGV[5]) end
redis.call('ZADD', KEYS[3], '+inf', ARGV[1])
redis.call('PUBLISH', ARGV[3], ARGV[1])
redis.call('PUBLISH', ARGV[4] .. (redis.call('HGET', KEYS[2], ARGV[6]) or ''), ARGV[1])
return 1
"""


def cancel(connection: redis.Redis, job_id: str, *, keep_s: int) -> None:
    """Cancel the job if it waits, or tell its worker to stop it; raises RedisError.

    A canceled job that would never expire is kept for ``keep_s`` seconds.
    """
    stored = connection.hmget(Job.key_for(job_id), ["origin", "worker_name"])
    origin, worker = [str(one or b"", "utf-8") for one in cast("list[bytes | None]", stored)]
    if not origin:
        return
    if _take_back(connection, job_id, origin=origin, keep_s=keep_s):
        _depend_on_nothing(connection, job_id)
    elif worker:
        send_command(connection, worker, "stop-job", job_id=job_id)


def _take_back(connection: redis.Redis, job_id: str, *, origin: str, keep_s: int) -> bool:
    keys = [
        rq.Queue(origin, connection=connection).key,
        Job.key_for(job_id),
        CanceledJobRegistry(origin, connection=connection).key,
        ScheduledJobRegistry(origin, connection=connection).key,  # type: ignore[no-untyped-call] # RQ leaves it untyped
        DeferredJobRegistry(origin, connection=connection).key,
    ]
    channels = (ENDED_CHANNEL, ended_channel(""))
    words = [job_id, rq.job.JobStatus.CANCELED.value, *channels, str(keep_s), WAITER_FIELD]
    return bool(connection.eval(_TAKE_BACK, len(keys), *keys, *words))


def _depend_on_nothing(connection: redis.Redis, job_id: str) -> None:
    """Let the jobs that it depended on forget it; RQ passes over it anyway when they end."""
    job = Job(job_id, connection=connection)
    for awaited in cast("set[bytes]", connection.smembers(job.dependencies_key)):
        connection.srem(Job.dependents_key_for(awaited.decode()), job_id)
    connection.delete(job.dependencies_key)
