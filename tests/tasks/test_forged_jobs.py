"""What somebody who can write to Redis, but has no key, can make of jobs: nothing."""

import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq.exceptions import StopRequested

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.sealing import Key, KeyRing
from tasks.serializer import Serializer
from tests.marked_task import task_of
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served
from tests.tasks.forgery import META, Fields, enqueue, finished, plain_call
from tests.tasks.test_packed import BOMB
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_log import job_line
from tests.tasks.worker_process import run_rq

BROKEN = "reason=tasks.errors.SealBroken"


def call_of(redis: Redis, job_id: str) -> bytes:
    """Return what is stored of a job's call."""
    stored = redis.hget(Job.key_for(job_id), "data")
    assert isinstance(stored, bytes)
    return stored


def meta_with(**forged: object) -> bytes:
    """Return the meta of a job with a claim that is not true."""
    return Serializer.dumps(META | forged)


# Fields with what stands in them then; a call by its name in `calls`.
FORGERIES: dict[str, Fields] = {
    "a call of RQ's": {"data": "plain"},
    "a call of RQ's, packed": {"data": "packed"},
    "the call of another job": {"data": "other"},
    "a call cut short": {"data": "cut"},
    "no call": {"data": b""},
    "a call that becomes long": {"data": BOMB},
    "a call that becomes long twice": {"data": zlib.compress(BOMB)},
    "a failure that becomes long": {"data": b"", "exc_info": BOMB},
    "meta that becomes long": {"meta": BOMB},
    "a pickle": {"data": b"\x80\x05cos\nsystem\n."},
    "another caller": {"meta": meta_with(caller="eve")},
    "another task": {"meta": meta_with(task="echo")},
    "another request": {"meta": meta_with(request_id="r-2")},
    "no meta": {"meta": b"{}"},
    "meta of another type": {"meta": b"[1]"},
    "meta that is no JSON": {"meta": b"\x80\x05N."},
    "many tries": {"data": "other", "retries_left": 10**6},
    "a timeout that is none": {"timeout": "soon"},
    "a time that is none": {"enqueued_at": "yesterday"},
    "a status that is none": {"status": b"\xff"},
    "a time to live that is none": {"result_ttl": "x"},
    "a description that is no text": {"description": b"\xff"},
    "dependencies that are none": {"dependency_ids": b"{"},
    "dependencies without end": {"dependency_ids": b"[" * 100_000},
    "a field without a name": {b"\xff": b""},
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_forged_job_fails_at_once_and_never_runs(
    served: Served, redis: Redis, tmp_path: Path, forged: Fields
) -> None:
    """Whatever is forged of a job, it does not run, its waiter hears so, and one line says why."""
    trace = tmp_path / "ran"
    other = call_of(redis, finished(served, str(trace)))
    plain = plain_call(trace)
    calls = {"plain": plain, "packed": zlib.compress(plain), "other": other, "cut": other[:-1]}
    begin = time.monotonic()

    job_id = enqueue(
        redis, trace, {name: calls.get(value, value) for name, value in forged.items()}
    )
    state = served.queue.wait(job_id, timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert time.monotonic() - begin < 1.5
    line = job_line(served, job_id)
    assert BROKEN in line
    assert "ERROR" in line
    assert not {"ann", "eve", "r-1", "r-2"} & set(line.replace("=", " ").split())
    assert served.queue.wait(submit(served.queue, echo, 1), timeout_s=10).result == 1
    assert not trace.exists()


def test_job_of_another_queue_fails(served: Served, redis: Redis, tmp_path: Path) -> None:
    """A job that was moved to a queue that it was not submitted to does not run there."""
    job = replace(task_of(odd_tasks.touch), queue="parked")
    trace = tmp_path / "ran"
    job_id = served.queue.submit(job, str(trace), caller="ann", request_id="r-1")

    redis.hset(Job.key_for(job_id), "origin", "default")
    redis.lmove("rq:queue:parked", "rq:queue:default")

    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FAILED
    assert BROKEN in job_line(served, job_id)
    assert not trace.exists()


def test_unknown_key_is_named_as_the_reason(served: Served, redis: Redis, tmp_path: Path) -> None:
    """A job that is sealed under a key of nobody here fails, and its line says so."""
    trace = tmp_path / "ran"

    job_id = enqueue(redis, trace, {}, keys=KeyRing([Key.of(bytes(32))]))

    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FAILED
    assert "reason=tasks.errors.UnknownSealKey" in job_line(served, job_id)
    assert not trace.exists()


def test_requeue_makes_no_forgery_genuine(served: Served, redis: Redis, tmp_path: Path) -> None:
    """A forged job that failed and is requeued fails again: it is never sealed on the way."""
    trace = tmp_path / "ran"
    job_id = enqueue(redis, trace, {"data": plain_call(trace)})
    served.queue.wait(job_id, timeout_s=10)
    job_line(served, job_id)

    run_rq(
        *("requeue", "--queue", "default", "-u", served.server.url),
        *("-j", "tasks.job.Job", "-S", "tasks.serializer.Serializer", job_id),
        server=served.server,
        home=served.home,
    )

    deadline = time.monotonic() + 5
    while len(served.job_lines(job_id)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert all(BROKEN in line for line in served.job_lines(job_id))
    assert not trace.exists()


def test_forged_job_leaves_as_soon_as_any_other(
    served: Served, redis: Redis, tmp_path: Path
) -> None:
    """A job that asks to be kept for a year, or says nothing of it, is not."""
    for forged in ({"data": b"x"}, {"data": b"x", "failure_ttl": -1}):
        job_id = enqueue(redis, tmp_path / "ran", forged)
        served.queue.wait(job_id, timeout_s=10)

        assert 3500 < redis.ttl(f"rq:job:{job_id}") <= 3600
        assert 3500 < redis.ttl(f"rq:results:{job_id}") <= 3600


def test_reading_a_job_does_not_swallow_a_request_to_stop(redis: Redis) -> None:
    """A signal that interrupts a worker while it reads a job is no fault of the job."""

    class Interrupted(dict[bytes, bytes]):
        def get(self, *_names: Any) -> Any:
            raise StopRequested

    with pytest.raises(StopRequested):
        Job(connection=redis, serializer=Serializer).restore(Interrupted())
