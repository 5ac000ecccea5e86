"""Jobs whose worker is gone come back within ten seconds, wherever they were."""

import time
from pathlib import Path

from tasks.job_state import JobStatus
from tasks.reaper import Reaper
from tasks.recovery import Recovery
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.taken_job import TAKEN, kill_worker_of
from tests.tasks.test_horse_worker import await_true
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker

RECOVERY_S = 10


def test_started_job_is_delivered_again(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Another worker runs an idempotent job to its end."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with (
        own_redis.client() as client,
        worker(*OURS, server=own_redis, home=tmp_path),
        worker(*OURS, server=own_redis, home=tmp_path),
    ):
        job_id = submit(queue, odd_tasks.touch_again, str(trace))
        await_true(lambda: trace.exists() and trace.read_text())
        kill_worker_of(job_id, client)
        begin = time.monotonic()

        assert queue.wait(job_id, timeout_s=15).status is JobStatus.FINISHED
        assert time.monotonic() - begin < RECOVERY_S + 2
    assert trace.read_text() == "begun\nbegun\ndone\n"


def test_job_that_may_not_run_twice_fails(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A started job of another task fails within ten seconds, and its waiter wakes."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        job_id = submit(queue, odd_tasks.touch, str(trace))
        await_true(trace.exists)
        process.kill()
    with worker(*OURS, server=own_redis, home=tmp_path):
        begin = time.monotonic()
        assert queue.wait(job_id, timeout_s=15).status is JobStatus.FAILED
        assert time.monotonic() - begin < RECOVERY_S
    (line,) = [
        line for line in (tmp_path / "logs" / "app.log").read_text().splitlines() if job_id in line
    ]
    assert "request_id=r-1 caller=ann task=touch status=failed" in line


def test_job_that_was_only_taken_comes_back(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job that nobody started runs, whatever its task."""
    queue = queue_on(own_redis)
    job_id = submit(queue, odd_tasks.process_id, None)
    with own_redis.client() as client:
        client.lmove("rq:queue:default", TAKEN)
    with worker(*OURS, server=own_redis, home=tmp_path):
        begin = time.monotonic()
        assert queue.wait(job_id, timeout_s=15).status is JobStatus.FINISHED
        assert time.monotonic() - begin < RECOVERY_S
    with own_redis.client() as client:
        assert not client.exists(TAKEN)


def test_job_of_a_living_worker_is_left_alone(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A long job gives signs of life: it is not delivered again while it runs."""
    queue = queue_on(own_redis)
    with (
        worker(*OURS, server=own_redis, home=tmp_path),
        worker(*OURS, server=own_redis, home=tmp_path),
    ):
        job_id = submit(queue, odd_tasks.sleep, 6.5)

        assert queue.wait(job_id, timeout_s=15).status is JobStatus.FINISHED
    assert "delivered again" not in (tmp_path / "logs" / "app.log").read_text()


def test_outage_of_redis_is_no_loss(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A worker that could give no sign of life, since Redis was gone, keeps its job."""
    queue = queue_on(own_redis)
    with (
        worker(*OURS, server=own_redis, home=tmp_path),
        worker(*OURS, server=own_redis, home=tmp_path),
    ):
        job_id = submit(queue, odd_tasks.sleep, 9)
        time.sleep(1.2)  # The append-only file is written once a second.
        own_redis.stop()
        time.sleep(6)
        own_redis.start()

        assert queue.wait(job_id, timeout_s=15).status is JobStatus.FINISHED


def test_one_reaper_looks_at_a_time(own_redis: RedisProcess) -> None:
    """The lock is held by one worker, and passes on when that worker is gone."""
    with own_redis.client() as client:
        recovery = Recovery(client, max_deliveries=3)
        first, second = (Reaper(client, recovery, name=name) for name in "ab")
        first.sweep()
        second.sweep()
        assert client.get("piigate:reaper") == b"a"

        time.sleep(2.1)
        second.sweep()

        assert client.get("piigate:reaper") == b"b"
