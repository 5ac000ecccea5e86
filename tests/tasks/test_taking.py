"""Taking a job and starting it in one step of Redis."""

from collections.abc import Iterator
from typing import Any

import pytest
import rq

from tasks.catalog.echo import echo
from tasks.frugal_worker import FrugalWorker
from tasks.job import Job
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit


@pytest.fixture
def worker(own_redis: RedisProcess) -> Iterator[FrugalWorker]:
    """Return a worker that is not at work."""
    with own_redis.client() as client:
        yield FrugalWorker(
            ["default"], name="w", connection=client, job_class=Job, serializer=Serializer
        )


def keys_of(worker: FrugalWorker) -> dict[bytes, Any]:
    """Return the lists and registries that hold jobs."""
    client = worker.connection
    return {
        b"queued": client.lrange("rq:queue:default", 0, -1),
        b"taken": client.lrange("rq:queue:default:intermediate", 0, -1),
        b"started": client.zrange("rq:wip:default", 0, -1),
    }


def test_job_is_started_when_it_is_taken(worker: FrugalWorker, own_redis: RedisProcess) -> None:
    """The first job of the queue is the worker's, as RQ says it, and in no other list."""
    job_id, other = (submit(queue_on(own_redis), echo, number) for number in (1, 2))
    taking = worker.taking(worker.queues[0])

    worker.connection.call(taking.call)

    taken = taking.taken
    assert taken
    assert taken.execution
    assert (taken.job_id, taken.execution.job_id) == (job_id, job_id)
    assert taken.stored[b"status"] == b"queued"
    started = f"{job_id}:{taken.execution.id}".encode()
    assert keys_of(worker) == {b"queued": [other.encode()], b"taken": [], b"started": [started]}
    job = Job.fetch(job_id, worker.connection, Serializer)
    assert (job.get_status(), job.worker_name) == ("started", "w")
    assert [one.job_id for one in worker.get_current_executions()] == [job_id]


def test_call_that_is_sent_twice_takes_one_job(
    worker: FrugalWorker, own_redis: RedisProcess
) -> None:
    """When the answer was lost, the same call finds the job that it has taken."""
    job_id, other = (submit(queue_on(own_redis), echo, number) for number in (1, 2))
    taking = worker.taking(worker.queues[0])

    for _ in range(2):
        worker.connection.call(taking.call)

    assert taking.taken
    assert taking.taken.job_id == job_id
    assert keys_of(worker)[b"queued"] == [other.encode()]


def test_job_that_was_waited_for_is_started(worker: FrugalWorker, own_redis: RedisProcess) -> None:
    """It stands in one list or the other all the time."""
    job_id = submit(queue_on(own_redis), echo, 1)

    taken = worker.await_job(worker.queues[0], wait_s=0.1)

    assert taken
    assert taken.execution
    started = f"{job_id}:{taken.execution.id}".encode()
    assert keys_of(worker) == {b"queued": [], b"taken": [], b"started": [started]}


def test_job_that_was_brought_back_is_not_started(
    worker: FrugalWorker, own_redis: RedisProcess
) -> None:
    """A worker that was silent for too long has lost the job that it took."""
    job_id = submit(queue_on(own_redis), echo, 1)
    taking = worker.taking(worker.queues[0], job_id=job_id)

    worker.connection.call(taking.call)

    assert taking.taken is None
    assert keys_of(worker) == {b"queued": [job_id.encode()], b"taken": [], b"started": []}


def test_nothing_is_taken_from_an_empty_queue(worker: FrugalWorker) -> None:
    """Where there is no job, nothing is stored."""
    taking = worker.taking(worker.queues[0])

    worker.connection.call(taking.call)

    assert taking.taken is None
    assert not worker.connection.keys("*wip*")


def test_job_that_says_it_is_of_another_queue_is_not_started(worker: FrugalWorker) -> None:
    """It is in the list of jobs taken, for the worker to start where it belongs."""
    worker.connection.hset("rq:job:j", mapping={"data": "x", "origin": "other"})
    worker.connection.rpush("rq:queue:default", "j")
    taking = worker.taking(worker.queues[0])

    worker.connection.call(taking.call)

    assert taking.taken
    assert taking.taken.execution is None
    assert keys_of(worker) == {b"queued": [], b"taken": [b"j"], b"started": []}


def test_odd_ids_are_taken_as_they_are(worker: FrugalWorker) -> None:
    """No character of an id means anything to the script."""
    odd = "a%1%%b.(c)"
    queue = rq.Queue("default", connection=worker.connection, serializer=Serializer)
    queue.enqueue_call("tasks.catalog.echo.echo", args=(1,), job_id=None)
    job_id = queue.job_ids[0]
    worker.connection.rename(f"rq:job:{job_id}", f"rq:job:{odd}")
    worker.connection.lset("rq:queue:default", 0, odd)
    taking = worker.taking(worker.queues[0])

    worker.connection.call(taking.call)

    assert taking.taken
    assert taking.taken.job_id == odd
    assert keys_of(worker)[b"started"][0].startswith(odd.encode())
