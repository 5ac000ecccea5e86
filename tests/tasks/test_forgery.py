"""What somebody who can write to Redis, but has no key, can make of jobs and results: nothing."""

import json
import time
import zlib
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rq
from redis import Redis
from rq.exceptions import StopRequested

from tasks.catalog.echo import echo
from tasks.errors import SealBroken
from tasks.job import Job
from tasks.job_state import JobState, JobStatus
from tasks.payload_keys import process_keys
from tasks.rq_queue import Queue
from tasks.sealing import Key, KeyRing
from tasks.serializer import Serializer
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_packed import BOMB
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import STOCK, run_rq, worker

META = {"caller": "ann", "request_id": "r-1", "task": "touch"}
BROKEN = "reason=tasks.errors.SealBroken"

Fields = dict[Any, Any]


@pytest.fixture
def redis(served: Served) -> Redis:
    """Return a client as the forger has it."""
    return served.server.client()


def enqueue(
    redis: Redis, path: Path, forged: Fields, *, keys: KeyRing | None = None, **options: Any
) -> str:
    """Enqueue a job that would make a file, with some of its fields forged, and return its id."""
    queue = Queue("default", redis, job_class=Job.sealed_by(keys or process_keys()))
    name = f"{odd_tasks.__name__}.touch"
    with redis.pipeline() as pipeline:
        job = queue.enqueue_call(name, (str(path),), meta=META, pipeline=pipeline, **options)
        if forged:
            pipeline.hset(job.key, mapping=forged)
        pipeline.execute()
    return job.id


def call_of(redis: Redis, job_id: str) -> bytes:
    """Return what is stored of a job's call."""
    stored = redis.hget(Job.key_for(job_id), "data")
    assert isinstance(stored, bytes)
    return stored


def plain_call(path: Path) -> bytes:
    """Return the call as RQ itself stores it, with nothing to prove."""
    return zlib.compress(
        json.dumps([f"{odd_tasks.__name__}.touch", None, [str(path)], {}]).encode()
    )


def job_line(served: Served, job_id: str) -> str:
    """Return the one line of the log about a job, which is there or comes soon."""
    deadline = time.monotonic() + 5
    while not (lines := served.job_lines(job_id)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (line,) = lines
    return line


def finished(served: Served, payload: Any = "genuine") -> str:
    """Return the id of a job that has ended well."""
    job_id = submit(served.queue, echo, payload)
    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FINISHED
    return job_id


def stored_result(redis: Redis, job_id: str) -> Fields:
    """Return the fields of a job's result."""
    entries: Any = redis.xrange(f"rq:results:{job_id}")
    ((_, fields),) = entries
    return {name.decode(): value for name, value in fields.items()}


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


def test_job_stored_by_a_stock_class_still_opens(served: Served, redis: Redis) -> None:
    """RQ's own job class packs a sealed call when it saves a job: ours opens it all the same."""
    job_id = submit(served.queue, odd_tasks.die, "exit")
    served.queue.wait(job_id, timeout_s=10)
    job_line(served, job_id)

    rq.job.Job.fetch(job_id, connection=redis, serializer=Serializer).requeue()

    deadline = time.monotonic() + 5
    while len(served.job_lines(job_id)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert all("Work-horse terminated" in line for line in served.job_lines(job_id))


def test_forged_job_leaves_as_soon_as_any_other(
    served: Served, redis: Redis, tmp_path: Path
) -> None:
    """A job that asks to be kept for a year, or says nothing of it, is not."""
    for forged in ({"data": b"x"}, {"data": b"x", "failure_ttl": -1}):
        job_id = enqueue(redis, tmp_path / "ran", forged)
        served.queue.wait(job_id, timeout_s=10)

        assert 3500 < redis.ttl(f"rq:job:{job_id}") <= 3600
        assert 3500 < redis.ttl(f"rq:results:{job_id}") <= 3600


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


def test_reading_a_job_does_not_swallow_a_request_to_stop(redis: Redis) -> None:
    """A signal that interrupts a worker while it reads a job is no fault of the job."""

    class Interrupted(dict[bytes, bytes]):
        def get(self, *_names: Any) -> Any:
            raise StopRequested

    with pytest.raises(StopRequested):
        Job(connection=redis, serializer=Serializer).restore(Interrupted())


def test_library_opens_results_for_those_who_have_the_keys(served: Served, redis: Redis) -> None:
    """RQ's own way to a result, through our job class, gives the value."""
    job = Job.fetch(finished(served, {"a": 1}), connection=redis, serializer=Serializer)

    assert job.return_value() == {"a": 1}
    assert job.args == [{"a": 1}]


def test_stock_worker_runs_no_forged_job_either(own_redis: RedisProcess, tmp_path: Path) -> None:
    """RQ's own worker with our job class fails a forged job, and goes on."""
    queue = queue_on(own_redis)
    trace = tmp_path / "ran"
    with worker(*STOCK, server=own_redis, home=tmp_path), own_redis.client() as redis:
        forged = enqueue(redis, trace, {"data": plain_call(trace), "retries_left": 3})

        assert queue.wait(forged, timeout_s=10).status is JobStatus.FAILED
        assert queue.wait(submit(queue, echo, 1), timeout_s=10).result == 1
    assert not trace.exists()
