"""Our worker leaves in Redis what RQ's own worker leaves there, whatever becomes of a job."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import rq
from rq.utils import as_text

from tasks.rq_queue import Queue
from tests.redis_process import RedisProcess, running
from tests.tasks.worker_process import OURS, STOCK, run_rq

ODD = "tests.tasks.odd_tasks"
# By name of the job: function, argument, options of RQ.
JOBS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "finished": ("tasks.catalog.echo.echo", {"a": 1}, {"result_ttl": 100}),
    "kept": ("tasks.catalog.echo.echo", 1, {"result_ttl": -1}),
    "forgotten": ("tasks.catalog.echo.echo", 1, {"result_ttl": 0}),
    "failed": (f"{ODD}.fail", "x", {"failure_ttl": 200}),
    "left": (f"{ODD}.leave", "x", {}),
    "not-json": (f"{ODD}.return_not_json", "object", {}),
    "unknown": ("os.getcwd", 1, {}),
    "overrun": (f"{ODD}.overrun", "x", {"timeout": 1}),
    "exited": (f"{ODD}.die", "exit", {}),
    "killed": (f"{ODD}.die", "signal", {}),
    "retried": (f"{ODD}.fail", "x", {"retry": rq.Retry(max=2)}),
    "retried-later": (f"{ODD}.fail", "x", {"retry": rq.Retry(max=2, interval=60)}),
    "tried-again": (f"{ODD}.try_again", 2, {}),
    "dependent": ("tasks.catalog.echo.echo", 2, {"depends_on": "finished"}),
    "dependent-of-failed": ("tasks.catalog.echo.echo", 2, {"depends_on": "failed"}),
    "repeated": ("tasks.catalog.echo.echo", 2, {"repeat": rq.Repeat(times=1)}),
}
_TIMES = re.compile(r"[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{9,}(\.\d+)?(-\d+)?")
_SEALED = (b"pg1.", b64encode(b"pg1.")[:5])  # never the same twice
_PASSING = ("clean", "lock", "piigate:")
_OF_THE_PROCESS = {"pid", "ip_address", "total_working_time"}
# RQ forgets who ran a job whose process died.
_UNKNOWN_TO_RQ = dict.fromkeys(("exited", "killed"), ("worker_name", "last_heartbeat"))


def plain(value: Any) -> Any:
    """Return a value of Redis without times and random names."""
    if isinstance(value, bytes) and value.startswith(_SEALED):
        return "sealed"
    if isinstance(value, bytes):
        return _TIMES.sub("#", value.decode(errors="replace"))
    if isinstance(value, float):
        return "#" if value > 1e9 else value
    if isinstance(value, dict):
        items = {plain(name): plain(one) for name, one in value.items()}
        return {name: one for name, one in items.items() if name not in _OF_THE_PROCESS}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def content(client: redis.Redis, key: str) -> Any:
    """Return what a key holds."""
    kind = client.type(key)
    if kind == b"hash":
        return client.hgetall(key)
    if kind == b"zset":
        return sorted(client.zrange(key, 0, -1, withscores=True))
    if kind == b"stream":
        return client.xrange(key)
    if kind == b"list":
        return client.lrange(key, 0, -1)
    return sorted(client.smembers(key)) if kind == b"set" else client.get(key)


def left_behind(client: redis.Redis) -> dict[str, Any]:
    """Return all keys of RQ with what they hold and when they expire, give or take 25 seconds."""
    held = {
        key: (plain(content(client, key)), round(client.ttl(key) / 50))
        for key in sorted(map(as_text, client.keys()))
        if not any(word in key for word in _PASSING)
    }
    # A sign of life may cross with the end of its job; what it leaves expires soon.
    return {key: one for key, one in held.items() if one[0] != {"last_heartbeat": "#"}}


def serve(server: RedisProcess, home: Path, *options: str) -> dict[str, Any]:
    """Let a worker empty the queue of all jobs, and return what Redis holds then."""
    with server.client() as client:
        client.flushall()
        queue = Queue("default", client)
        for name, (path, argument, settings) in JOBS.items():
            meta = {"caller": "ann", "request_id": "r", "task": name}
            queue.enqueue_call(path, args=(argument,), job_id=name, meta=meta, **settings)
        queue.enqueue_call("tasks.catalog.echo.echo", args=(1,), job_id="canceled").cancel()
        run_rq("worker", "--burst", "--name", "w", *options, server=server, home=home)
        return left_behind(client)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], ...]]:
    """What RQ's own worker and ours leave of the same jobs."""
    home = tmp_path_factory.mktemp("contract")
    with running(home / "redis") as server:
        yield serve(server, home, *STOCK, "default"), serve(server, home, *OURS)


@pytest.mark.parametrize("name", [*JOBS, "canceled"])
def test_job_is_stored_as_by_rq(both: tuple[dict[str, Any], ...], name: str) -> None:
    """A job's hash, results, executions and their expiry are the same."""
    stock, ours = ({k: v for k, v in one.items() if name in k.split(":")} for one in both)
    for field in _UNKNOWN_TO_RQ.get(name, ()):
        stock[f"rq:job:{name}"][0][field] = ours[f"rq:job:{name}"][0][field]

    assert ours == stock
    assert stock or name == "forgotten"


def test_registries_and_counters_are_those_of_rq(both: tuple[dict[str, Any], ...]) -> None:
    """Every other key is the same: queues, registries, the worker's hash and its counters."""
    stock, ours = (
        {k: v for k, v in one.items() if k.split(":")[1] not in {"job", "results"}} for one in both
    )

    assert ours == stock
    (worker, _) = stock["rq:worker:w"]
    assert int(worker["successful_job_count"]) >= 6
    assert int(worker["failed_job_count"]) >= 12
