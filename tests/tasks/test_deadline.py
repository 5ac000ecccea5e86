"""A job whose deadline has passed never runs, whoever comes upon it and however often."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.catalog.echo import echo
from tasks.deadline import deadline_in, is_past, seconds_to_end
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tasks.serializer import Serializer
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.taken_job import kill_worker_of
from tests.tasks.test_horse_worker import await_true
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, STOCK, run_rq, worker

LATE = "reason=tasks.errors.DeadlinePassed"


def submit_for(seconds: float, queue: RedisQueue, trace: Path) -> str:
    """Submit a job that writes to a file, if it starts in time."""
    task = replace(task_of(odd_tasks.touch_again), ttl_s=seconds)
    return queue.submit(task, str(trace), caller="ann", request_id="r-1")


def late_job(queue: RedisQueue, trace: Path) -> str:
    """Return the id of a job that is queued beyond its deadline."""
    job_id = submit_for(0.1, queue, trace)
    assert queue.wait(job_id, timeout_s=10).status is JobStatus.EXPIRED
    return job_id


@pytest.mark.parametrize("words", [OURS, STOCK], ids=["ours", "stock"])
def test_late_job_never_runs(own_redis: RedisProcess, tmp_path: Path, words: tuple[str]) -> None:
    """A worker ends a late job unrun, and again when somebody requeues it."""
    queue, trace = queue_on(own_redis), tmp_path / "ran"
    job_id = late_job(queue, trace)

    run_rq("worker", "--burst", *words, server=own_redis, home=tmp_path)

    assert queue.fetch(job_id).status is JobStatus.EXPIRED
    with own_redis.client() as client:
        assert client.hget(Job.key_for(job_id), "status") == b"failed"
        Job.fetch(job_id, connection=client, serializer=Serializer).requeue()
    run_rq("worker", "--burst", *words, server=own_redis, home=tmp_path)
    assert queue.fetch(job_id).status is JobStatus.EXPIRED
    assert not trace.exists()


def test_lost_job_is_not_delivered_again_too_late(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job whose worker was lost runs again within its deadline alone."""
    queue, trace = queue_on(own_redis), tmp_path / "ran"
    with (
        own_redis.client() as client,
        worker(*OURS, server=own_redis, home=tmp_path),
        worker(*OURS, server=own_redis, home=tmp_path),
    ):
        job_id = submit_for(3, queue, trace)
        await_true(lambda: trace.exists() and trace.read_text())
        kill_worker_of(job_id, client)

        assert queue.wait(job_id, timeout_s=20).status is JobStatus.EXPIRED
        await_true(lambda: client.hget(Job.key_for(job_id), "status") == b"failed")
    assert trace.read_text() == "begun\n"


def test_late_job_of_a_streak_never_runs(own_redis: RedisProcess, tmp_path: Path) -> None:
    """The process of the jobs ends a late one that it goes on to unrun, says why, and goes on."""
    queue, trace = queue_on(own_redis), tmp_path / "ran"
    before = submit(queue, echo, 1)
    late = late_job(queue, trace)
    after = submit(queue, odd_tasks.process_id, None)

    run_rq("worker", "--burst", *OURS, server=own_redis, home=tmp_path)

    ends = [queue.fetch(one).status for one in (before, late, after)]
    assert ends == [JobStatus.FINISHED, JobStatus.EXPIRED, JobStatus.FINISHED]
    assert not trace.exists()
    log = (tmp_path / "logs" / "app.log").read_text()
    (line,) = [line for line in log.splitlines() if late in line]
    assert LATE in line
    assert "status=expired" in line


def test_deadline_cannot_be_put_off(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Who can write to Redis but has no key makes a forgery of a job by a later deadline."""
    queue, trace = queue_on(own_redis), tmp_path / "ran"
    meta = {"caller": "ann", "request_id": "r-1", "task": "touch-again"}
    job_ids = {}
    with own_redis.client() as client:
        for deadline in ("9" * 12 + ".000", None, "nan", "soon"):
            job_ids[deadline] = job_id = late_job(queue, trace)
            forged = Serializer.dumps(meta | {"deadline": deadline})
            client.hset(Job.key_for(job_id), "meta", forged)

    run_rq("worker", "--burst", *OURS, server=own_redis, home=tmp_path)

    ends = {deadline: queue.fetch(job_id).status for deadline, job_id in job_ids.items()}
    assert ends == dict.fromkeys(job_ids, JobStatus.FAILED)
    assert not trace.exists()


def test_job_without_a_deadline_is_never_late() -> None:
    """Nothing bounds a job that says nothing, or nothing that can be read."""
    for deadline in (None, "", "soon", "nan", "-1.000"):
        assert not is_past(deadline)
        assert seconds_to_end(deadline) > 1e9


def test_worker_is_late_before_anybody_says_so() -> None:
    """Where a job is called expired, a worker would not have started it for a while already."""
    deadline = deadline_in(-0.01)
    assert is_past(deadline)
    assert 0 < seconds_to_end(deadline) < 1
    time.sleep(seconds_to_end(deadline))
    assert seconds_to_end(deadline) < 0.01
