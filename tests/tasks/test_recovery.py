"""A job that was lost comes back, as often as it may; what is not lost is left alone."""

from typing import Any

import pytest
import rq

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.recovery import Delivery, Recovery
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.taken_job import TAKEN, bring_back
from tests.tasks.test_queue_contract import submit


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
