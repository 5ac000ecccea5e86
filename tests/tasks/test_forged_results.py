"""What somebody who can write to Redis, but has no key, can make of results: nothing."""

from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest
from redis import Redis

from tasks.errors import SealBroken
from tasks.job import Job
from tasks.job_state import JobState, JobStatus
from tasks.serializer import Serializer
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served
from tests.tasks.forgery import Fields, finished
from tests.tasks.test_packed import BOMB
from tests.tasks.test_queue_contract import submit


def stored_result(redis: Redis, job_id: str) -> Fields:
    """Return the fields of a job's result."""
    entries: Any = redis.xrange(f"rq:results:{job_id}")
    ((_, fields),) = entries
    return {name.decode(): value for name, value in fields.items()}


# Fields of a result with what stands in them then; None takes one away.
RESULTS: dict[str, Fields] = {
    "a plain value": {"return_value": b64encode(b'"forged"')},
    "nothing, as RQ stores it": {"return_value": None},
    "that of another job": {"return_value": "other"},
    "no base64": {"return_value": "%%%"},
    "no JSON": {"return_value": b64encode(b"\x80\x05N.")},
    "a failure that cannot be read": {"exc_string": "%%%"},
    "a failure that becomes long": {"exc_string": b64encode(BOMB)},
    "a value that becomes long": {"return_value": b64encode(BOMB)},
    "no type": {"type": None},
    "an unknown type": {"type": 99},
    "times that are none": {"execution_ended_at": "late"},
}


@pytest.mark.parametrize("forged", RESULTS.values(), ids=RESULTS)
def test_forged_result_is_a_failure_and_not_shown(
    served: Served, redis: Redis, caplog: pytest.LogCaptureFixture, forged: Fields
) -> None:
    """A result that was not sealed for its job is answered as a failure, and reported."""
    job_id = finished(served)
    fields = stored_result(redis, job_id) | forged
    if fields["return_value"] == "other":
        fields["return_value"] = stored_result(redis, finished(served))["return_value"]

    redis.xadd(
        f"rq:results:{job_id}",
        {name: value for name, value in fields.items() if value is not None},
    )
    state = served.queue.fetch(job_id)

    assert state == JobState(
        id=job_id, task="echo", caller="ann", request_id="r-1", status=JobStatus.FAILED
    )
    assert [one.message for one in caplog.records if one.name == "tasks.stored"] == [
        "result refused"
    ]
    with suppress(SealBroken):
        job = Job.fetch(job_id, connection=redis, serializer=Serializer)
        assert job.return_value() is None


@pytest.mark.parametrize(
    "forged",
    [
        {"caller": "eve", "request_id": "r-1", "task": "echo"},
        {"caller": "ann", "request_id": "r-2", "task": "echo"},
        {"caller": "ann", "request_id": "r-1", "task": "mask"},
        {},
        [],
    ],
    ids=["caller", "request", "task", "nothing", "no object"],
)
def test_result_is_shown_to_nobody_but_its_caller(
    served: Served, redis: Redis, forged: object
) -> None:
    """A job that is made out to be another caller's keeps its result to itself."""
    job_id = finished(served)

    redis.hset(Job.key_for(job_id), "meta", Serializer.dumps(forged))
    state = served.queue.fetch(job_id)

    assert state.status is JobStatus.FAILED
    assert state.result is None


def test_failed_job_cannot_be_made_to_have_a_result(served: Served, redis: Redis) -> None:
    """Setting the status of a failed job to finished shows no result."""
    job_id = submit(served.queue, odd_tasks.fail, 1)
    served.queue.wait(job_id, timeout_s=10)

    redis.hset(Job.key_for(job_id), "status", "finished")

    assert served.queue.fetch(job_id).status is JobStatus.FAILED
