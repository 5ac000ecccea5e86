"""What the queue stores of a job in Redis, and for how long."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import Queue

from tasks.catalog.echo import echo
from tasks.errors import JobNotFound
from tasks.job_state import JobStatus
from tasks.queue import open_queue
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served
from tests.tasks.test_queue_contract import submit
from tests.tasks.watched_job import fetch_job


def test_job_is_stored_in_rq_layout_with_nothing_to_tell(own_redis: RedisProcess) -> None:
    """The stored job names its task alone in its description, and expires by the settings."""
    settings = TasksSettings.load(
        redis_url=own_redis.url, job_ttl=77, result_ttl=66, failure_ttl=55
    )
    job_id = submit(open_queue(settings), echo, odd_tasks.SECRET)

    job = fetch_job(own_redis, job_id)

    assert Queue("default", connection=own_redis.client()).job_ids == [job_id]
    assert job.description == "echo"
    assert job.func_name == "tasks.catalog.echo.echo"
    deadline = job.meta.pop("deadline")
    assert job.meta == {"caller": "ann", "request_id": "r-1", "task": "echo"}
    assert 70 < float(deadline) - time.time() <= 77
    assert (job.timeout, job.ttl, job.result_ttl, job.failure_ttl) == (60, 77 + 55, 66, 55)
    with own_redis.client() as client:
        assert 70 + 55 < client.ttl(job.key) <= 77 + 55


def test_canceled_job_never_runs(served: Served, tmp_path: Path) -> None:
    """A job that is canceled while it is queued is not there for the worker that comes to it."""
    busy = submit(served.queue, odd_tasks.sleep, 1)
    job_id = submit(served.queue, odd_tasks.touch, str(tmp_path / "touched"))

    served.queue.cancel(job_id)

    assert served.queue.wait(busy, timeout_s=10).status is JobStatus.FINISHED
    assert served.queue.wait(submit(served.queue, echo, 1), timeout_s=10).result == 1
    assert not (tmp_path / "touched").exists()
    assert served.queue.fetch(job_id).status is JobStatus.CANCELED
    with served.server.client() as client:
        assert job_id in Queue("default", connection=client).canceled_job_registry.get_job_ids()


def test_result_that_is_gone_is_not_found(served: Served) -> None:
    """A finished job whose result has gone is not passed off as one that returned nothing."""
    job_id = submit(served.queue, echo, 1)
    served.queue.wait(job_id, timeout_s=10)
    with served.server.client() as client:
        client.delete(f"rq:results:{job_id}")

    with pytest.raises(JobNotFound):
        served.queue.fetch(job_id)


def _moments(count: int) -> Iterator[None]:
    for _ in range(count):
        yield
        time.sleep(0.1)


def test_progress_of_a_deleted_job_leaves_nothing_behind(served: Served) -> None:
    """A task that still counts does not bring its deleted job back."""
    job_id = submit(served.queue, odd_tasks.count, 4)
    known = served.queue.fetch(job_id)
    while known.progress is None:
        known = served.queue.wait_for_change(known, timeout_s=2)
    with served.server.client() as client:
        client.delete(f"rq:job:{job_id}")
        time.sleep(1)
        # A sign of life of its worker may bring it back for a moment.
        gone = (not client.exists(f"rq:job:{job_id}") for _ in _moments(20))
        assert any(gone)


def test_progress_goes_with_its_job(served: Served) -> None:
    """What is stored of it is two numbers, in the job's own hash."""
    job_id = submit(served.queue, odd_tasks.count, 1)
    served.queue.wait(job_id, timeout_s=10)
    with served.server.client() as client:
        assert client.hget(f"rq:job:{job_id}", "progress") == b"1/1"
        assert 0 < client.ttl(f"rq:job:{job_id}") <= 600


def test_failed_job_expires_by_the_settings(served: Served) -> None:
    """A failed job leaves Redis within the hour, not RQ's year."""
    job_id = submit(served.queue, odd_tasks.fail, 1)
    served.queue.wait(job_id, timeout_s=10)

    with served.server.client() as client:
        assert 3500 < client.ttl(f"rq:job:{job_id}") <= 3600
        assert 3500 < client.ttl(f"rq:results:{job_id}") <= 3600


def test_finished_job_expires_by_the_settings(served: Served) -> None:
    """A result leaves Redis within ten minutes."""
    job_id = submit(served.queue, echo, 1)
    served.queue.wait(job_id, timeout_s=10)

    with served.server.client() as client:
        assert 500 < client.ttl(f"rq:job:{job_id}") <= 600
        assert 500 < client.ttl(f"rq:results:{job_id}") <= 600
