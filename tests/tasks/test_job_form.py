"""Jobs are stored as RQ stores them, whatever RQ that is."""

from typing import Any

import redis
import rq

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess

META = {"caller": "ann", "request_id": "r-1", "task": "echo", "deadline": "1.000"}
OF_ITS_OWN = {b"data", b"meta", b"created_at", b"enqueued_at"}


def test_job_is_stored_as_rq_stores_it(redis_process: RedisProcess, redis_url: str) -> None:
    """All that Redis holds after a submission is what RQ itself would have put there."""
    settings = TasksSettings.load(redis_url=redis_url)
    task = next(one for one in discover() if one.function is echo)
    with redis_process.client() as client:
        job_id = open_queue(settings).submit(task, 1, caller="ann", request_id="r-1")
        ours = stored(client)
        job = Job.fetch(job_id, connection=client, serializer=Serializer)
        assert (job.args, job.meta.keys()) == ([1], META.keys())
        client.flushall()

        stock = rq.Queue(connection=client, job_class=Job, serializer=Serializer)
        stock.enqueue_call(
            task.path,
            args=(1,),
            timeout=settings.job_timeout,
            result_ttl=settings.result_ttl,
            ttl=settings.job_ttl + settings.failure_ttl,
            failure_ttl=settings.failure_ttl,
            description="echo",
            job_id=job_id,
            meta=META,
        )
        assert ours == stored(client)


def stored(client: redis.Redis) -> dict[object, object]:
    """Return every key with what it holds and how long, save what no two jobs share."""
    return {key: (_held(client, key), client.ttl(key)) for key in client.scan_iter()}


def _held(client: redis.Redis, key: Any) -> object:
    match client.type(key):
        case b"hash":
            fields: Any = client.hgetall(key)
            fields.pop(b"waiter", None)  # ours alone
            for name in OF_ITS_OWN:
                fields[name] = bool(fields[name])
            return fields
        case b"set":
            return client.smembers(key)
        case _:
            return client.lrange(key, 0, -1)
