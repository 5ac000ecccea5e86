"""How busy a queue is, as Redis has it."""

import time
from dataclasses import replace

import pytest

from tasks.catalog.echo import echo
from tasks.demand import Demand
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks.test_queue_contract import submit

PROGRAM = "worker-default"


def settings_for(url: str) -> TasksSettings:
    """Return settings that follow the load of one queue and not that of another."""
    return TasksSettings.load(
        redis_url=url,
        queues="high",
        workers="default=1..3,high=2",
        pool_grow_after=1,
        pool_shrink_after=1,
    )


@pytest.fixture
def settings(redis_url: str) -> TasksSettings:
    """Return such settings on the suite's Redis."""
    return settings_for(redis_url)


@pytest.fixture
def demand(settings: TasksSettings) -> Demand:
    """Return the demand on the queue with bounds."""
    return Demand.of(settings, discover())


def register_workers(server: RedisProcess, *, idle: int, busy: int = 0) -> None:
    """Store what that many workers of the queue would have stored of themselves."""
    with server.client() as client:
        for number in range(idle + busy):
            client.sadd("rq:workers:default", f"rq:worker:{number}")
        for number in range(busy):
            client.zadd("rq:wip:default", {f"job-{number}:execution": time.time() + 60})


def test_an_old_job_asks_for_one_more(settings: TasksSettings, demand: Demand) -> None:
    """The age of the oldest job decides, at once; only queues with bounds are told."""
    submit(open_queue(settings), echo, 1)
    assert demand.wanted({PROGRAM: 1}) == {PROGRAM: 1}
    time.sleep(1.1)

    assert demand.wanted({PROGRAM: 1}) == {PROGRAM: 2}
    assert demand.wanted({PROGRAM: 3}) == {PROGRAM: 3}


def test_jobs_of_another_queue_do_not_matter(settings: TasksSettings, demand: Demand) -> None:
    """Each queue has workers of its own."""
    task = replace(task_of(echo), queue="high")
    open_queue(settings).submit(task, 1, caller="ann", request_id="r-1")
    time.sleep(1.1)

    assert demand.wanted({PROGRAM: 1}) == {PROGRAM: 1}


@pytest.mark.parametrize("enqueued_at", [None, b"yesterday", b"\xff"])
def test_a_job_that_does_not_say_its_age_has_waited_too_long(
    own_redis: RedisProcess, enqueued_at: bytes | None
) -> None:
    """It has expired, or is nobody's: an idle worker would have taken what is left of it."""
    demand = Demand.of(settings_for(own_redis.url), discover())
    with own_redis.client() as client:
        client.rpush("rq:queue:default", b"\xff")
        if enqueued_at:
            client.hset("rq:job:\ufffd", "enqueued_at", enqueued_at)

    assert demand.wanted({PROGRAM: 1}) == {PROGRAM: 2}


@pytest.mark.parametrize(("idle", "busy", "wanted"), [(2, 0, 1), (1, 1, 1), (0, 2, 2)])
def test_a_worker_that_was_idle_for_long_is_one_less(
    redis_process: RedisProcess, demand: Demand, idle: int, busy: int, wanted: int
) -> None:
    """With all workers at a job, none is taken away."""
    register_workers(redis_process, idle=idle, busy=busy)
    assert demand.wanted({PROGRAM: 2}) == {PROGRAM: 2}
    time.sleep(1.1)

    assert demand.wanted({PROGRAM: 2}) == {PROGRAM: wanted}


def test_without_redis_it_stays_as_it_is(own_redis: RedisProcess) -> None:
    """The fewest workers run even where Redis has never been seen, and nobody waits for it."""
    demand = Demand.of(settings_for(own_redis.url), discover())
    own_redis.stop()

    assert demand.wanted({PROGRAM: 0}) == {PROGRAM: 1}
    assert demand.wanted({PROGRAM: 3}) == {PROGRAM: 3}


def test_a_look_never_walks_through_the_queue(own_redis: RedisProcess) -> None:
    """A look sends commands that take no longer with 100,000 jobs than with one."""
    demand = Demand.of(settings_for(own_redis.url), discover())
    with own_redis.client() as client:
        client.config_resetstat()
        demand.wanted({PROGRAM: 1})
        sent = {name.removeprefix("cmdstat_") for name in client.info("commandstats")}

    connecting = {"client|setinfo", "config|resetstat", "hello", "ping", "select"}
    assert sent - connecting == {"lindex", "zcard", "scard", "hget"}
