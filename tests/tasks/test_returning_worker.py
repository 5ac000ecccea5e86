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
from tests.tasks.test_horse_worker import await_true, run
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker

REAPED_S = 5.0
"""After how long others find a lost job."""


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

        process.wait(timeout=6)

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

        process.wait(timeout=6)

    own_redis.start()
    with own_redis.client() as client:
        assert queue.fetch(job_id).status is JobStatus.STARTED
        (entry,) = client.zrange("rq:wip:default", 0, -1)
    assert entry.decode().partition(":")[0] == job_id


def test_job_that_was_taken_and_not_started_is_back_at_once(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A process that dies when a job was moved to it does not hold that job up."""
    queue = queue_on(own_redis)
    with worker(*OURS, server=own_redis, home=tmp_path), own_redis.client() as client:
        for _ in range(50):
            pid = run(queue, odd_tasks.process_id)
            os.kill(pid, signal.SIGSTOP)  # It waits for another job for a fifth of a second.
            job_id = submit(queue, odd_tasks.process_id, 1)
            is_taken = client.lpos("rq:queue:default:intermediate", job_id) is not None
            begin = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            state = queue.wait(job_id, timeout_s=10)
            took_s = time.monotonic() - begin
            assert state.status is JobStatus.FINISHED
            assert state.result != pid
            if is_taken:
                break

    assert is_taken
    assert took_s < REAPED_S / 2
    assert "job delivered again" in (tmp_path / "logs" / "app.log").read_text()
