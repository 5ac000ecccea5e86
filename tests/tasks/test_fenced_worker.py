"""A worker's start or end of a job counts while the job is its own, and only then."""

import pytest
import rq
from rq.executions import Execution

from tasks.catalog.echo import echo
from tasks.errors import TakenBack
from tasks.job_state import JobStatus
from tasks.recovery import Delivery, Recovery
from tasks.registry import TaskFunction
from tasks.serializer import Serializer
from tasks.stored_job import StoredJob
from tasks.worker import Worker
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.taken_job import TAKEN, bring_back, started
from tests.tasks.test_queue_contract import submit


def test_job_that_was_brought_back_is_not_started(own_redis: RedisProcess) -> None:
    """A worker that was silent for too long between taking and starting a job leaves it."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        late = Worker(["default"], connection=client)
        client.lmove("rq:queue:default", TAKEN)
        job = StoredJob.fetch(job_id, client, Serializer)
        Recovery(client, max_deliveries=3).bring_back(Delivery(queue="default", job_id=job_id))

        with pytest.raises(TakenBack):
            late.prepare_execution(job)

        assert client.lrange("rq:queue:default", 0, -1) == [job_id.encode()]
        assert not client.exists("rq:wip:default")


def test_job_that_was_brought_back_is_started_once(own_redis: RedisProcess) -> None:
    """Of the worker that was silent and the one that has taken the job since, one starts it."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        late, other = (Worker(["default"], connection=client) for _ in range(2))
        bring_back(client, Delivery(queue="default", job_id=job_id), times=1)
        client.lmove("rq:queue:default", TAKEN)
        job = StoredJob.fetch(job_id, client, Serializer)

        late.prepare_execution(job)
        with pytest.raises(TakenBack):
            other.prepare_execution(job)

        assert client.zcard("rq:wip:default") == 1


def test_start_that_was_sent_twice_counts(
    own_redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start whose answer an outage swallowed is sent again, and the job is not given up."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        job = StoredJob.fetch(job_id, client, Serializer)
        client.lmove("rq:queue:default", TAKEN)
        one = Worker(["default"], connection=client)
        call = one.connection.call
        monkeypatch.setattr(one.connection, "call", lambda start: [call(start), call(start)])

        execution = one.prepare_execution(job)

        assert client.zrange("rq:wip:default", 0, -1) == [execution.composite_key.encode()]


def perform(one: Worker, job: rq.job.Job, execution: Execution) -> bool:
    """Run the job to its end, and return whether it finished."""
    return one.perform_job(job, one.queues[0], execution)


def test_wish_to_run_later_that_comes_too_late_is_refused(own_redis: RedisProcess) -> None:
    """A job that was brought back is not put off by the worker that it was taken from."""
    job_id = submit(queue_on(own_redis), odd_tasks.fail, 1)
    with own_redis.client() as client:
        client.hset(f"rq:job:{job_id}", mapping={"retries_left": 2, "retry_intervals": "[60]"})
        late, job, execution = started(client, job_id)
        Recovery(client, max_deliveries=3).bring_back(
            Delivery(queue="default", job_id=job_id, execution_id=execution.id)
        )
        before = client.hgetall(job.key)

        perform(late, job, execution)

        assert client.hgetall(job.key) == before
        assert not client.exists("rq:scheduled:default")


@pytest.mark.parametrize(
    ("function", "status"),
    [(echo, JobStatus.QUEUED), (odd_tasks.process_id, JobStatus.FAILED)],
    ids=["result", "failure"],
)
def test_end_that_comes_too_late_is_refused(
    own_redis: RedisProcess,
    caplog: pytest.LogCaptureFixture,
    function: TaskFunction,
    status: JobStatus,
) -> None:
    """A worker whose job was brought back stores neither a result nor a failure, and says so."""
    queue = queue_on(own_redis)
    job_id = submit(queue, function, 1)
    with own_redis.client() as client:
        late, job, execution = started(client, job_id)
        Recovery(client, max_deliveries=3).bring_back(
            Delivery(queue="default", job_id=job_id, execution_id=execution.id)
        )
        before = client.hgetall(job.key), client.xlen(f"rq:results:{job_id}")

        perform(late, job, execution)

        assert (client.hgetall(job.key), client.xlen(f"rq:results:{job_id}")) == before
        assert queue.fetch(job_id).status is status
        assert client.hget(late.key, "state") == b"idle"
    assert caplog.messages.count("late end of a job discarded") == 1


def test_end_whose_answer_was_lost_counts(
    own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker that an outage leaves in doubt finds that it has stored the end already."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        one, job, execution = started(client, job_id)

        assert perform(one, job, execution)
        assert perform(one, job, execution)

        assert client.xlen(f"rq:results:{job_id}") == 1
    assert "late end of a job discarded" not in caplog.messages
