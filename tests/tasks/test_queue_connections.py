"""The queue's connections to Redis: few, seldom used, and each process's own."""

import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import redis

from tasks.catalog.echo import echo
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.watched_job import fetch_job
from tests.tasks.worker_process import ROOT, environment


def test_many_waits_share_few_connections(own_redis: RedisProcess) -> None:
    """A thousand waits hold two subscriptions at most, and the few connections of the pool."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    waits = [
        threading.Thread(target=queue.wait, args=(job_id,), kwargs={"timeout_s": 20})
        for _ in range(1000)
    ]
    for one in waits:
        one.start()
    with own_redis.client() as client:
        time.sleep(2)
        clients = client.client_list()
        begin = time.monotonic()
        fetch_job(own_redis, job_id).cancel()
        for one in waits:
            one.join(timeout=10)

    assert 1 <= sum(one["sub"] != "0" for one in clients) <= 2
    assert len(clients) < 40
    assert time.monotonic() - begin < 5
    assert not any(one.is_alive() for one in waits)


def test_round_trips_are_few(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A submit is one round trip; a wait for a small result is none, since it is told.

    What the thread that listens sends now and then, to keep its connection, is nobody's wait.
    """
    queue = served.queue
    queue.wait(submit(queue, echo, 1), timeout_s=10)
    sent: list[Any] = []
    original: Any = redis.connection.Connection.send_packed_command
    waiting = threading.current_thread()

    def spy(connection: Any, command: Any, *args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is waiting:
            sent.append(command)
        return original(connection, command, *args, **kwargs)

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", spy)
    job_id = submit(queue, odd_tasks.sleep, 0.2)
    submitted = len(sent)
    queue.wait(job_id, timeout_s=10)

    assert submitted == 1
    assert sent[submitted:] == []


def test_queue_works_on_both_sides_of_a_fork(served: Served) -> None:
    """A process that forks while it waits leaves its children a queue that works."""
    script = """
import os, sys, threading
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings
queue = open_queue(TasksSettings.load())
def run():
    job = queue.submit(discover().named("echo"), 1, caller="ann", request_id="r")
    return queue.wait(job, timeout_s=10).result
assert run() == 1
sleep = queue.submit(discover().named("sleep"), 1, caller="ann", request_id="r")
wait = threading.Thread(target=queue.wait, args=(sleep,), kwargs={"timeout_s": 10})
wait.start()
child = os.fork()
assert run() == 1
if not child:
    os._exit(0)
wait.join(5)
assert not wait.is_alive()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(served.server, served.home),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 0, done.stderr
