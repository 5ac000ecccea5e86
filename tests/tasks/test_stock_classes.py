"""RQ's own classes on sealed jobs: they open what is genuine, and run nothing forged."""

import time
from pathlib import Path

import rq
from redis import Redis

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.forgery import enqueue, finished, plain_call
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_log import job_line
from tests.tasks.worker_process import STOCK, worker


def test_job_stored_by_a_stock_class_still_opens(served: Served, redis: Redis) -> None:
    """RQ's own job class packs a sealed call when it saves a job: ours opens it all the same."""
    job_id = submit(served.queue, odd_tasks.die, "exit")
    served.queue.wait(job_id, timeout_s=10)
    job_line(served, job_id)

    rq.job.Job.fetch(job_id, connection=redis, serializer=Serializer).requeue()

    deadline = time.monotonic() + 5
    while len(served.job_lines(job_id)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert all("Work-horse terminated" in line for line in served.job_lines(job_id))


def test_library_opens_results_for_those_who_have_the_keys(served: Served, redis: Redis) -> None:
    """RQ's own way to a result, through our job class, gives the value."""
    job = Job.fetch(finished(served, {"a": 1}), connection=redis, serializer=Serializer)

    assert job.return_value() == {"a": 1}
    assert job.args == [{"a": 1}]


def test_stock_worker_runs_no_forged_job_either(own_redis: RedisProcess, tmp_path: Path) -> None:
    """RQ's own worker with our job class fails a forged job, and goes on."""
    queue = queue_on(own_redis)
    trace = tmp_path / "ran"
    with worker(*STOCK, server=own_redis, home=tmp_path), own_redis.client() as redis:
        forged = enqueue(redis, trace, {"data": plain_call(trace), "retries_left": 3})

        assert queue.wait(forged, timeout_s=10).status is JobStatus.FAILED
        assert queue.wait(submit(queue, echo, 1), timeout_s=10).result == 1
    assert not trace.exists()
