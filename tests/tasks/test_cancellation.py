"""Jobs that wait for a time or for other jobs are canceled like those in their queue."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
import rq

from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tasks.rq_queue import Queue
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.redis_dump import dump

ECHO = "tasks.catalog.echo.echo"
META = {"caller": "ann", "request_id": "r-1", "task": "echo"}


@pytest.fixture
def queue(redis_process: RedisProcess, redis_url: str) -> RedisQueue:
    """Return a queue that no worker serves."""
    assert redis_url
    return queue_on(redis_process)


def stock(client: redis.Redis) -> rq.Queue:
    """Return the queue as another program sees it."""
    return Queue("default", client)


def submit(client: redis.Redis, **options: Any) -> rq.job.Job:
    """Submit a job of ours as another program would."""
    return stock(client).enqueue_call(ECHO, args=(1,), meta=META, **options)


def schedule(client: redis.Redis) -> str:
    """Put a job on the schedule, as a retry with an interval does too."""
    return stock(client).enqueue_in(timedelta(hours=1), ECHO, 1, meta=META).id


def defer(client: redis.Redis) -> str:
    """Submit a job that waits for another."""
    return submit(client, depends_on=submit(client)).id


@pytest.mark.parametrize("put", [schedule, defer])
def test_a_job_that_waits_elsewhere_is_canceled(
    redis_process: RedisProcess, queue: RedisQueue, put: Callable[[redis.Redis], str]
) -> None:
    """It ends at once, no registry but that of canceled jobs knows it, and its payload expires."""
    with redis_process.client() as client:
        job_id = put(client)
        assert queue.fetch(job_id).status is JobStatus.QUEUED

        assert queue.cancel(job_id).status is JobStatus.CANCELED

        named = [name for name, values in dump(client).items() if job_id.encode() in values]
        assert named == ["rq:canceled:default"]
        assert [name for name in dump(client) if job_id in name] == [f"rq:job:{job_id}"]
        assert 0 < client.ttl(f"rq:job:{job_id}") <= 3600


def test_a_canceled_job_does_not_run_when_what_it_waited_for_has_ended(
    redis_process: RedisProcess, queue: RedisQueue
) -> None:
    """The end of the other job enqueues those that still wait for it, and them alone."""
    with redis_process.client() as client:
        first = submit(client)
        waiting = [submit(client, depends_on=first).id for _ in range(2)]
        queue.cancel(waiting[0])
        client.lpop("rq:queue:default")

        first.set_status(rq.job.JobStatus.FINISHED)
        stock(client).enqueue_dependents(first)

        assert client.lrange("rq:queue:default", 0, -1) == [waiting[1].encode()]
        assert queue.fetch(waiting[0]).status is JobStatus.CANCELED
