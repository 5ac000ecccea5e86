"""A worker that is stopped, killed or left without Redis loses no job unnoticed."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from tasks.catalog.echo import echo
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_log import job_line
from tests.tasks.worker_process import OURS, worker


def test_sigterm_lets_the_running_job_finish(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A worker that is asked to stop finishes its job first, takes no other, and ends well."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        running = submit(queue, odd_tasks.touch, str(trace))
        left = submit(queue, echo, 1)
        while not trace.exists():
            time.sleep(0.02)

        process.terminate()

        assert queue.wait(running, timeout_s=10).status is JobStatus.FINISHED
        assert process.wait(timeout=5) == 0
    assert trace.read_text() == "done"
    assert queue.fetch(left).status is JobStatus.QUEUED


def test_worker_outlives_a_restart_of_redis(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Redis goes and comes back: the job that ran meanwhile ends well, and so do those after it."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        running = submit(queue, odd_tasks.touch, str(trace))
        while not trace.exists():
            time.sleep(0.02)
        time.sleep(1.1)  # The append-only file is written once a second.
        own_redis.stop()
        time.sleep(1)
        own_redis.start()

        assert queue.wait(running, timeout_s=10).status is JobStatus.FINISHED
        own_redis.stop()
        time.sleep(1)
        own_redis.start()
        assert queue.wait(submit(queue, echo, 1), timeout_s=15).result == 1
        assert process.poll() is None


def kill_worker_and_job(queue: RedisQueue, server: RedisProcess, home: Path) -> str:
    """Kill a worker and the process of its job, and return the job's id."""
    trace = home / "trace"
    with worker(*OURS, server=server, home=home) as process:
        job_id = submit(queue, odd_tasks.touch, str(trace))
        while not trace.exists():
            time.sleep(0.02)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        for child in children:
            with suppress(ProcessLookupError):  # It dies with its worker.
                os.kill(int(child), signal.SIGKILL)
    return job_id


def test_job_of_a_worker_that_is_gone_fails_soon(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job that died with its worker counts as lost within half a minute, and wakes its waiter."""
    queue = queue_on(own_redis)
    job_id = kill_worker_and_job(queue, own_redis, tmp_path)
    with own_redis.client() as client:
        ((entry, expiry),) = client.zrange("rq:wip:default", 0, -1, withscores=True)
        assert expiry - time.time() <= 26
        client.zadd("rq:wip:default", {entry: time.time() - 1})

    with worker(*OURS, server=own_redis, home=tmp_path):
        state = queue.wait(job_id, timeout_s=5)

    assert state.status is JobStatus.FAILED
    served = Served(queue=queue, server=own_redis, home=tmp_path)
    assert "AbandonedJobError" in job_line(served, job_id)


def test_idle_worker_looks_after_lost_jobs_every_ten_seconds(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A worker that has nothing to do finds a lost job by itself."""
    queue = queue_on(own_redis)
    job_id = kill_worker_and_job(queue, own_redis, tmp_path)
    with worker(*OURS, server=own_redis, home=tmp_path), own_redis.client() as client:
        time.sleep(1)
        ((entry, _),) = client.zrange("rq:wip:default", 0, -1, withscores=True)
        client.zadd("rq:wip:default", {entry: time.time() - 1})

        assert queue.wait(job_id, timeout_s=14).status is JobStatus.FAILED
