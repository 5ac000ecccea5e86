"""One process runs a worker's jobs, one after the other; what they do to it stays with them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rq.command import send_stop_job_command
from rq.results import Result

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker


def await_true(condition: Callable[[], object], *, within_s: float = 15) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run(queue: RedisQueue, function: Any, payload: Any = None) -> Any:
    """Run a task and return its result."""
    return queue.wait(submit(queue, function, payload), timeout_s=10).result


def test_jobs_share_a_process(served: Served) -> None:
    """Two jobs run in one process, which is not the worker's."""
    first, second = (run(served.queue, odd_tasks.process_id) for _ in range(2))

    assert first == second
    with served.server.client() as client:
        (key,) = client.smembers("rq:workers")
        assert int(client.hget(key, "pid") or 0) != first


@pytest.mark.parametrize("how", ["signal", "exit"])
def test_job_that_ends_its_process_fails_at_once(served: Served, how: str) -> None:
    """Such a job fails within a second, and the next one runs in another process."""
    before = run(served.queue, odd_tasks.process_id)
    begin = time.monotonic()

    state = served.queue.wait(submit(served.queue, odd_tasks.die, how), timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert time.monotonic() - begin < 1
    assert run(served.queue, odd_tasks.process_id) != before


def test_job_that_cannot_be_interrupted_is_killed(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job that hangs in C code ends as timed out when the grace is over."""
    queue = queue_on(own_redis)
    with worker(*OURS, server=own_redis, home=tmp_path, JOB_GRACE="1"):
        begin = time.monotonic()
        state = queue.wait(submit(queue, odd_tasks.hang, 1), timeout_s=10)

        assert state.status is JobStatus.TIMED_OUT
        assert time.monotonic() - begin < 4
        assert run(queue, echo, 2) == 2
        failed = queue.wait(submit(queue, odd_tasks.fail, 1), timeout_s=10)
        assert failed.status is JobStatus.FAILED


def test_process_is_made_anew_after_some_jobs(own_redis: RedisProcess, tmp_path: Path) -> None:
    """WORKER_MAX_JOBS bounds what a process piles up, and no job is lost at the change."""
    queue = queue_on(own_redis)
    with worker(*OURS, server=own_redis, home=tmp_path, WORKER_MAX_JOBS="2"):
        ids = [run(queue, odd_tasks.process_id) for _ in range(6)]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_process_is_made_anew_when_it_grew(own_redis: RedisProcess, tmp_path: Path) -> None:
    """WORKER_MAX_MEMORY bounds the memory that a process keeps."""
    queue = queue_on(own_redis)
    with worker(*OURS, server=own_redis, home=tmp_path, WORKER_MAX_MEMORY="1"):
        assert len({run(queue, odd_tasks.process_id) for _ in range(3)}) == 3


def test_stopped_job_ends_and_the_next_runs(served: Served) -> None:
    """RQ's stop command ends the running job alone, and wakes its waiter."""
    job_id = submit(served.queue, odd_tasks.sleep, 30)
    await_true(lambda: served.queue.fetch(job_id).status is JobStatus.STARTED)
    time.sleep(0.1)
    with served.server.client() as client:
        send_stop_job_command(client, job_id, serializer=Serializer)
        begin = time.monotonic()

        assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.CANCELED
        assert time.monotonic() - begin < 2
        assert Job.fetch(job_id, client, Serializer).get_status() == "stopped"
        assert Result.fetch_latest(Job.fetch(job_id, client, Serializer)) is not None
    assert run(served.queue, echo, 3) == 3


def test_process_dies_with_its_worker(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job does not outlive its worker, so it cannot run beside its own second delivery."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        submit(queue, odd_tasks.touch, str(trace))
        await_true(trace.exists)
        process.kill()

        time.sleep(2.5)

    assert trace.read_text() == ""
