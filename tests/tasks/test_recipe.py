"""What is recorded once of RQ's commands stores what RQ stores, job by job."""

import math
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import NoScriptError
from rq.executions import Execution
from rq.utils import as_text

from tasks.catalog.echo import echo
from tasks.recipe import Recipe, condensed
from tasks.registry import TaskFunction
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tasks.stored_job import StoredJob
from tasks.worker import Worker
from tests.redis_process import RedisProcess, running
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.test_worker_contract import content, plain
from tests.tasks.worker_process import OURS, STOCK, run_rq

QUEUE = "default"


def worker_on(client: redis.Redis, server: RedisProcess) -> Worker:
    """Return a worker that is not at work."""
    worker = Worker([QUEUE], name="w", connection=client)
    worker.settings = TasksSettings.load(redis_url=server.url)
    return worker


def start_as_recorded(worker: Worker) -> tuple[StoredJob, Execution]:
    """Take and start a job by recorded commands."""
    taking = worker.taking(worker.queues[0])
    worker.connection.call(taking.call)
    taken = taking.taken
    assert taken
    assert taken.execution
    job = StoredJob.read(taken.job_id, taken.stored, worker.connection)
    assert job.is_ordinary
    return job, taken.execution


def start_as_rq(worker: Worker) -> tuple[StoredJob, Execution]:
    """Take and start a job by commands that RQ makes for it."""
    queue = worker.queues[0]
    moved: Any = worker.connection.lmove(queue.key, queue.intermediate_queue_key, "LEFT", "RIGHT")
    job = StoredJob(as_text(moved), worker.connection, Serializer)
    job.restore(worker.connection.hgetall(job.key))
    assert not job.is_ordinary
    return job, worker.prepare_execution(job)


def held(client: redis.Redis, job_id: str) -> dict[str, Any]:
    """Return all keys with what they hold, and when they expire and scores end, to 5 seconds."""
    now = time.time()

    def known(value: Any) -> Any:
        if isinstance(value, float) and value > now - 100:
            return f"in {_rounded(value - now)} s"
        if isinstance(value, bytes):
            return value.replace(job_id.encode(), b"id")
        if isinstance(value, dict):
            return {name: known(one) for name, one in value.items()}
        return [known(one) for one in value] if isinstance(value, list | tuple) else value

    return {
        str(plain(key.replace(job_id, "id").encode())): (
            plain(known(content(client, key))),
            _rounded(client.ttl(key)),
        )
        for key in map(as_text, client.keys())
    }


def _rounded(seconds: float) -> int:
    return math.ceil(seconds / 5) * 5


def stages(home: Path, start: Any, function: TaskFunction) -> list[dict[str, Any]]:
    """Return what Redis holds when a job has been started, and when it has ended."""
    with running(home) as server, server.client() as client:
        job_id = submit(queue_on(server), function, {"a": 1})
        worker = worker_on(client, server)
        job, execution = start(worker)
        started = held(client, job_id)
        worker.perform_job(job, worker.queues[0], execution)
        return [started, held(client, job_id)]


@pytest.mark.parametrize("function", [echo, odd_tasks.describe_itself, odd_tasks.fail])
def test_recorded_commands_store_what_rq_stores(tmp_path: Path, function: TaskFunction) -> None:
    """Start and end of a job leave the same keys, fields, scores and times to live."""
    recorded = stages(tmp_path / "recorded", start_as_recorded, function)
    rq = stages(tmp_path / "rq", start_as_rq, function)

    assert recorded == rq
    assert any("rq:results:" in key for key in recorded[1])


def left_by(server: RedisProcess, home: Path, *options: str) -> dict[str, Any]:
    """Return what Redis holds after a worker has run a job as a gateway submits it."""
    with server.client() as client:
        client.flushall()
        job_id = submit(queue_on(server), echo, {"a": 1})
        run_rq("worker", "--burst", "--name", "w", *options, server=server, home=home)
        stored = held(client, job_id)
    return {key: one for key, one in stored.items() if "rq:job:" in key or "rq:results:" in key}


def test_job_of_a_gateway_is_stored_as_by_rqs_own_worker(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """Its hash and its result are those of a stock worker."""
    ours = left_by(own_redis, tmp_path, *OURS)

    assert ours == left_by(own_redis, tmp_path, *STOCK, QUEUE)
    assert len(ours) == 2


def test_job_that_others_came_to_wait_for_moves_them(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """What depends on a job since it began is enqueued when it ends."""
    queue = queue_on(own_redis)
    job_id = submit(queue, odd_tasks.be_awaited, 1)

    run_rq("worker", "--burst", *OURS, server=own_redis, home=tmp_path)

    dependent = queue.fetch(job_id).result
    with own_redis.client() as client:
        assert client.hget(f"rq:job:{dependent}", "status") == b"finished"


def test_end_is_stored_though_the_hash_is_gone(own_redis: RedisProcess) -> None:
    """What somebody has removed is stored whole, as RQ does it, and not in pieces."""
    submit(queue_on(own_redis), echo, 1)
    with own_redis.client() as client:
        worker = worker_on(client, own_redis)
        job, execution = start_as_recorded(worker)
        client.delete(job.key)

        worker.perform_job(job, worker.queues[0], execution)

        assert client.hget(job.key, "data") == job.data


def test_forgotten_scripts_are_told_again(own_redis: RedisProcess) -> None:
    """A Redis that was restarted in between knows no script."""
    submit(queue_on(own_redis), echo, 1)
    with own_redis.client() as client:
        worker = worker_on(client, own_redis)
        job, execution = start_as_recorded(worker)
        client.script_flush()
        with pytest.raises(NoScriptError):
            client.evalsha(worker._end_script.digest, 0)

        worker.perform_job(job, worker.queues[0], execution)

        assert client.hget(job.key, "status") == b"finished"


def test_hash_is_written_once() -> None:
    """What it held before is left out, unless it may have been taken away meanwhile."""
    commands = [
        ("HSET", "h", "a", 1, "b", 2),
        ("EXPIRE", "h", 5),
        ("HSET", "h", "b", 3, "c", 4),
        ("DEL", "h"),
        ("HSET", "h", "b", 3),
        ("HSET", "held", "x", "y"),
    ]

    assert condensed(commands, {"h": {b"a": b"1"}, "held": {b"x": b"y"}}) == [
        ["HSET", "h", "b", 3, "c", 4],
        ["EXPIRE", "h", 5],
        ["DEL", "h"],
        ["HSET", "h", "b", 3],
    ]


def test_what_is_absent_is_given_no_time_to_live() -> None:
    """A key that is not there needs none, whatever else is done to it."""
    commands = [("EXPIRE", "gone", 5), ("DEL", "gone"), ("EXPIRE", "there", 5)]

    assert condensed(commands, {}, absent=["gone"]) == [["DEL", "gone"], ["EXPIRE", "there", 5]]


def test_words_are_written_in_lua(own_redis: RedisProcess) -> None:
    """Each word reaches Redis as it was recorded, with the values of variables in it."""
    words = ["", "it's \\ \n [x]", b"\x01%d", 1.5, -1, "aIDbIDc", 1000, 1007]
    recipe = Recipe(
        commands=[("RPUSH", "l", *words), ("RPUSH", "aIDbIDc", "ID aIDbIDc")],
        variables={"ID": "id", "7": "ttl"},
        second=1000,
    )
    script = f"local call, id, ttl, second = redis.call, 'x', 9, 2000\n{recipe.lua()}"
    with own_redis.client() as client:
        client.eval(script, 0)

        assert client.lrange("l", 0, -1) == [
            *(b"", b"it's \\ \n [x]", b"\x01%d", b"1.5", b"-1", b"axbxc", b"2000", b"2009"),
        ]
        assert client.lrange("axbxc", 0, -1) == [b"x axbxc"]
