"""Jobs are read from Redis as RQ reads them, an ordinary one when somebody asks."""

from typing import Any

import pytest
import redis
from rq.exceptions import NoSuchJobError

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.serializer import Serializer
from tasks.stored_job import StoredJob
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit

Fields = dict[bytes, bytes]


@pytest.fixture
def job_id(own_redis: RedisProcess) -> str:
    """Return the id of a job as a gateway stores it."""
    return submit(queue_on(own_redis), echo, {"a": 1})


@pytest.fixture
def client(own_redis: RedisProcess) -> redis.Redis:
    """Return a client of the test's server."""
    return own_redis.client()


def stored(client: redis.Redis, job_id: str) -> Fields:
    """Return what Redis holds of the job."""
    fields: Any = client.hgetall(Job.key_for(job_id))
    return dict(fields)


def test_ordinary_job_is_read_as_rq_reads_it(client: redis.Redis, job_id: str) -> None:
    """Whatever is asked of it, it answers as a job that was read at once."""
    whole = Job.fetch(job_id, client, Serializer)
    asked = [name for name in vars(whole) if name not in {"connection", "log", "_data"}]

    for name in [*asked, "data", "args", "kwargs", "func_name", "description", "timeout"]:
        job = StoredJob.read(job_id, stored(client, job_id), client)
        assert job.is_ordinary
        assert getattr(job, name) == getattr(whole, name), name
    assert job.to_dict() == whole.to_dict()


def test_what_is_known_of_a_job_outlasts_its_reading(client: redis.Redis, job_id: str) -> None:
    """The rest is read beneath what has happened to the job meanwhile."""
    job = StoredJob.read(job_id, stored(client, job_id), client)
    job.worker_name = "w"
    assert job.is_as_read

    assert job.description == "echo"
    assert job.worker_name == "w"
    assert not job.is_as_read


def test_unknown_attribute_is_none_of_a_job(client: redis.Redis, job_id: str) -> None:
    """Where the rest has been read as well, the error is Python's own."""
    job = StoredJob.read(job_id, stored(client, job_id), client)

    with pytest.raises(AttributeError, match="colour"):
        _ = job.colour


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"timeout", 5),
        (b"result_ttl", 7),
        (b"webhooks", ["one"]),
        (b"ttl", 9),
        (b"retries_left", 1),
    ],
)
def test_job_that_was_changed_is_not_as_it_was_read(
    client: redis.Redis, job_id: str, name: bytes, value: object
) -> None:
    """What a task sets of its own job is stored, so that RQ has to look at all of it."""
    job = StoredJob.read(job_id, stored(client, job_id), client)

    setattr(job, name.decode(), value)

    assert not job.is_as_read


@pytest.mark.parametrize(
    "odd",
    [
        {b"success_callback_name": b"os.getcwd"},
        {b"group_id": b"g"},
        {b"worker_name": b"w"},
        {b"status": b"started"},
        {b"status": b"odd"},
        {b"data": b"[]"},
        {b"waiter": b""},
        {b"timeout": b"soon"},
        {b"enqueued_at": b"yesterday"},
        {b"meta": b"{"},
        {b"description": b"\xff"},
        {b"retries_left": b"1"},
        {b"repeats_left": b"1"},
        {b"rate_limit_key": b"k"},
        {b"dependency_ids": b"[]"},
        {b"losses": b"1"},
        {b"exc_info": b"x"},
    ],
    ids=str,
)
def test_other_jobs_are_read_by_rq(client: redis.Redis, job_id: str, odd: Fields) -> None:
    """Nothing but what a gateway has just stored is ordinary."""
    fields = stored(client, job_id)

    assert StoredJob.read(job_id, fields, client).is_ordinary
    assert not StoredJob.read(job_id, fields | odd, client).is_ordinary


def test_hash_without_a_call_is_no_job(client: redis.Redis) -> None:
    """It is what RQ says of it."""
    with pytest.raises(NoSuchJobError):
        StoredJob.read("j", {b"origin": b"default"}, client)
