"""A worker gives back what it cannot finish, at once where it knows of it."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.job_state import JobStatus
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_horse_worker import await_true
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker


@pytest.mark.parametrize(
    ("function", "status"),
    [(odd_tasks.touch_again, JobStatus.QUEUED), (odd_tasks.touch, JobStatus.FAILED)],
)
def test_second_sigterm_hands_the_job_back(
    own_redis: RedisProcess, tmp_path: Path, function: Any, status: JobStatus
) -> None:
    """Who does not wait for the drain gets a job that may run twice back, and fails another."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        job_id = submit(queue, function, str(trace))
        await_true(trace.exists)
        process.terminate()
        time.sleep(1.2)  # RQ takes a second signal within a second for the same.
        os.kill(process.pid, signal.SIGTERM)

        process.wait(timeout=3)

    assert queue.fetch(job_id).status is status
    assert "done" not in trace.read_text()


def test_second_sigterm_ends_a_worker_whose_redis_is_gone(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """It does not wait for Redis to say so; the job stays where reapers look for lost ones."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        job_id = submit(queue, odd_tasks.linger, str(trace))
        await_true(trace.exists)
        own_redis.stop()
        process.terminate()
        time.sleep(1.2)  # RQ takes a second signal within a second for the same.
        os.kill(process.pid, signal.SIGTERM)

        process.wait(timeout=4)

    own_redis.start()
    with own_redis.client() as client:
        assert queue.fetch(job_id).status is JobStatus.STARTED
        (entry,) = client.zrange("rq:wip:default", 0, -1)
    assert entry.decode().partition(":")[0] == job_id
