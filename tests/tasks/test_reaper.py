"""Jobs whose worker is gone come back within ten seconds, wherever they were."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import redis
import rq
from rq.executions import Execution
from rq.registry import StartedJobRegistry
from rq.utils import as_text

from alerting.log_format import FIELDS
from tasks.catalog.echo import echo
from tasks.errors import TakenBack
from tasks.job import Job
from tasks.job_log import log_abandoned
from tasks.job_state import JobStatus
from tasks.reaper import Reaper
from tasks.recovery import Delivery, Recovery
from tasks.registry import TaskFunction
from tasks.serializer import Serializer
from tasks.stored_job import StoredJob
from tasks.worker import Worker
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_horse_worker import await_true
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker

RECOVERY_S = 10
TAKEN = "rq:queue:default:intermediate"


def kill_worker_of(job_id: str, client: redis.Redis) -> None:
    """Kill the worker that runs the job."""
    name = as_text(client.hget(f"rq:job:{job_id}", "worker_name") or b"")
    os.kill(int(client.hget(f"rq:worker:{name}", "pid") or 0), signal.SIGKILL)


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


def bring_back(client: redis.Redis, delivery: Delivery, *, times: int) -> None:
    """Lose a job that was taken from its queue several times."""
    recovery = Recovery(client, max_deliveries=3)
    for _ in range(times):
        client.lmove("rq:queue:default", TAKEN)
        recovery.bring_back(delivery)


def test_job_that_workers_die_of_fails_in_the_end(own_redis: RedisProcess) -> None:
    """After MAX_DELIVERIES a job is in the failed registry with the reason, and can be requeued."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        delivery = Delivery(queue="default", job_id=job_id)
        bring_back(client, delivery, times=2)
        assert queue.fetch(job_id).status is JobStatus.QUEUED

        bring_back(client, delivery, times=1)

        assert queue.fetch(job_id).status is JobStatus.FAILED
        job = Job.fetch(job_id, client, Serializer)
        result = job.latest_result()
        assert result
        assert (result.exc_string or "").startswith("tasks.errors.TooManyDeliveries\n")
        assert job_id in rq.Queue("default", connection=client).failed_job_registry.get_job_ids()
        job.requeue()
        assert queue.fetch(job_id).status is JobStatus.QUEUED
        bring_back(client, delivery, times=2)
        assert queue.fetch(job_id).status is JobStatus.QUEUED


def test_job_that_is_not_held_is_left_alone(own_redis: RedisProcess) -> None:
    """A recovery that comes too late changes nothing."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    with own_redis.client() as client:
        Recovery(client, max_deliveries=3).bring_back(Delivery(queue="default", job_id=job_id))

        assert client.lrange("rq:queue:default", 0, -1) == [job_id.encode()]


def test_sign_of_life_keeps_no_job_from_coming_back(
    own_redis: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that changes while it is brought back is brought back all the same."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    settle = Recovery._settle

    def settle_late(recovery: Recovery, *args: Any) -> str | None:
        with own_redis.client() as other:
            is_first = other.hset(f"rq:job:{job_id}", "seen", "once")
            if not is_first:
                monkeypatch.undo()
        return settle(recovery, *args)

    monkeypatch.setattr(Recovery, "_settle", settle_late)
    with own_redis.client() as client:
        bring_back(client, Delivery(queue="default", job_id=job_id), times=1)

        assert client.lrange("rq:queue:default", 0, -1) == [job_id.encode()]
        assert client.hget(f"rq:job:{job_id}", "losses") == b"1"


def test_traces_of_a_deleted_job_are_removed(own_redis: RedisProcess) -> None:
    """What is left of a job that is gone does not stay for ever."""
    with own_redis.client() as client:
        client.rpush(TAKEN, "gone")
        Recovery(client, max_deliveries=3).bring_back(Delivery(queue="default", job_id="gone"))

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


def started(client: redis.Redis, job_id: str) -> tuple[Worker, rq.job.Job, Execution]:
    """Return a worker of this process with the job that it has taken and started."""
    client.lmove("rq:queue:default", TAKEN)
    one = Worker(["default"], connection=client)
    job = StoredJob.fetch(job_id, client, Serializer)
    return one, job, one.prepare_execution(job)


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


def test_job_that_rq_gives_up_is_told_in_full(
    own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """The line of a job that RQ's maintenance fails has its task, caller and request."""
    job_id = submit(queue_on(own_redis), echo, 1)
    with own_redis.client() as client:
        started(client, job_id)
        StartedJobRegistry("default", client, StoredJob, serializer=Serializer).cleanup(
            time.time() + 3600, exception_handlers=[log_abandoned]
        )

    (line,) = [record for record in caplog.records if record.name == "tasks.worker"]
    fields = getattr(line, FIELDS)
    told = {name: fields[name] for name in ("request_id", "caller", "task", "status", "job_id")}
    assert told == {
        "request_id": "r-1",
        "caller": "ann",
        "task": "echo",
        "status": "failed",
        "job_id": job_id,
    }


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
