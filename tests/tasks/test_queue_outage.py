"""The queue while Redis comes and goes or refuses: what can go on does, and the rest says so."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tasks.catalog.echo import echo
from tasks.errors import NotSubmitted, QueueUnavailable
from tasks.job_state import JobStatus
from tasks.queue import open_queue
from tasks.settings import TasksSettings
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.watched_job import Waiting, fetch_job
from tests.tasks.worker_process import OURS, worker

Call = Callable[[], object]


def test_wait_outlives_a_restart_of_redis(
    own_redis: RedisProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Redis goes and comes back while somebody waits: the wait goes on, the log says so once."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, "kept")
    time.sleep(1.1)  # The append-only file is written once a second.
    waiting = Waiting(queue, job_id)
    own_redis.stop()
    time.sleep(1)
    own_redis.start()

    with worker(*OURS, server=own_redis, home=tmp_path):
        assert waiting.state(within_s=2).result == "kept"
    told = [record.message for record in caplog.records if record.name.startswith("tasks.")]
    assert told == ["subscription lost"]


def test_wait_hears_of_ends_told_after_a_restart(own_redis: RedisProcess) -> None:
    """The subscription comes back with Redis: ends wake waiters at once, as before."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    time.sleep(1.1)
    waiting = Waiting(queue, job_id)
    own_redis.stop()
    own_redis.start()
    time.sleep(1)

    fetch_job(own_redis, job_id).cancel()

    assert waiting.state(within_s=0.5).status is JobStatus.CANCELED


def test_restart_between_two_calls_goes_unnoticed(own_redis: RedisProcess) -> None:
    """A connection that went stale is replaced before a command is lost on it."""
    queue = queue_on(own_redis)
    submit(queue, echo, 1)
    own_redis.stop()
    own_redis.start()

    job_id = submit(queue, echo, 2)

    assert queue.fetch(job_id).status is JobStatus.QUEUED


def test_unreachable_queue_says_so_quickly(own_redis: RedisProcess) -> None:
    """Without Redis every call ends as QueueUnavailable: at once, or with its wait."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    own_redis.stop()
    begin = time.monotonic()
    calls: list[Call] = [
        queue.ping,
        lambda: submit(queue, echo, 1),
        lambda: queue.fetch(job_id),
        lambda: queue.wait(job_id, timeout_s=0.3),
    ]

    for call in calls:
        with pytest.raises(QueueUnavailable):
            call()
    assert time.monotonic() - begin < 1


def test_redis_that_refuses_to_store_is_unavailable(
    redis_process: RedisProcess, redis_url: str
) -> None:
    """A full Redis refuses the job with the same error as one out of reach."""
    queue = open_queue(TasksSettings.load(redis_url=redis_url))
    with redis_process.client() as client:
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(QueueUnavailable):
                submit(queue, echo, 1)
        finally:
            client.config_set("maxmemory", "0")


def test_awaited_job_that_redis_refuses_is_told_to_who_waits(own_redis: RedisProcess) -> None:
    """The submission leaves the answer to the wait, which ends as soon as it knows."""
    queue = queue_on(own_redis)
    sent = partial(queue.submit, task_of(echo), 1, caller="ann", request_id="r", is_awaited=True)
    queue.wait(sent(), timeout_s=0.1)  # From now on the ends of jobs are heard.
    with own_redis.client() as client:
        client.config_set("maxmemory", "1")
        job_id = sent()
        begin = time.monotonic()

        with pytest.raises(NotSubmitted):
            queue.wait(job_id, timeout_s=10)
        assert time.monotonic() - begin < 5


def test_awaited_job_outlives_the_connection_that_it_was_sent_on(own_redis: RedisProcess) -> None:
    """What Redis has run is waited for, although another connection has to tell."""
    queue = queue_on(own_redis)
    job_id = queue.submit(task_of(echo), 1, caller="ann", request_id="r", is_awaited=True)
    with own_redis.client() as client:
        assert client.llen("rq:queue:default") == 1
        client.client_kill_filter(_type="normal", skipme=True)

    assert queue.wait(job_id, timeout_s=1).status is JobStatus.QUEUED
