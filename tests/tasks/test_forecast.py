"""How long a job would be queued, predicted from what workers tell."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue

from tasks.forecast import Forecast
from tasks.keyspace import pace_key
from tasks.pace import Pace, Rate
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_horse_worker import await_true
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, run_rq, worker


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """Return a client of an empty server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


def store_rate(client: redis.Redis, *, workers: float, job_s: float) -> None:
    """Store what so many workers of jobs of that length have told."""
    told = {"jobs": 30, "busy_s": 30 * job_s, "alive_s": 30 * workers, "span_s": 30}
    client.hset(pace_key("default"), items=[part for pair in told.items() for part in pair])


def enqueue(client: redis.Redis, count: int) -> None:
    """Put that many ids into the queue."""
    client.rpush(Queue("default", connection=client).key, *range(count))


@pytest.mark.parametrize(
    ("workers", "job_s", "wait_s"), [(1, 0.5, 50), (4, 0.5, 12.5), (2, 2, 100)]
)
def test_wait_follows_from_length_and_pace(
    client: redis.Redis, workers: float, job_s: float, wait_s: float
) -> None:
    """A hundred jobs take their time, divided among the workers."""
    store_rate(client, workers=workers, job_s=job_s)
    enqueue(client, 100)

    assert Forecast(client).wait_s("default") == pytest.approx(wait_s)


def test_empty_queue_has_no_wait(client: redis.Redis) -> None:
    """However slow its workers are."""
    store_rate(client, workers=1, job_s=100)

    assert Forecast(client).wait_s("default") == 0


def looks(client: redis.Redis) -> int:
    """Return how often the server was asked for the length of a list."""
    return int(client.info("commandstats").get("cmdstat_llen", {"calls": 0})["calls"])


def test_one_look_serves_many_requests(client: redis.Redis) -> None:
    """A thousand predictions in a row cost a round trip now and then."""
    store_rate(client, workers=1, job_s=1)
    enqueue(client, 1)
    forecast = Forecast(client)
    before = looks(client)
    begin = time.monotonic()

    waits = {forecast.wait_s("default") for _ in range(1000)}

    assert waits == {1}
    assert 1 <= looks(client) - before <= 2 + (time.monotonic() - begin) / 0.2


def test_what_workers_tell_adds_up(client: redis.Redis) -> None:
    """Two workers that tell at the same time count double."""
    first, second = Pace(), Pace()
    for _ in range(20):
        for one in (first, second):
            one.begin()
        time.sleep(0.02)
        with client.pipeline() as pipeline:
            for one in (first, second):
                one.end()
                one.tell(pipeline, "default")
            pipeline.execute()

    told: Any = client.hmget(pace_key("default"), "jobs", "busy_s", "alive_s", "span_s")
    jobs, busy_s, alive_s, span_s = (float(one) for one in told)
    assert jobs == pytest.approx(40, rel=0.3)
    assert alive_s / span_s == pytest.approx(2, rel=0.1)
    assert Rate.of(told).per_s == pytest.approx(jobs / busy_s * 2, rel=0.1)
    assert 0 < client.ttl(pace_key("default")) <= 60


def test_idle_time_is_no_work() -> None:
    """What a worker waits for its next job does not make its jobs look slow."""
    pace = Pace()
    time.sleep(0.2)
    pace.begin()
    pace.end()

    with redis.Redis().pipeline() as unsent:
        pace.tell(unsent, "default")
        (args, _), *_ = unsent.command_stack
    *_, jobs, busy_s, alive_s, _, _ = args
    assert jobs == 1
    assert alive_s - busy_s >= 0.2


def test_nobody_knows_before_workers_have_told() -> None:
    """Without an ended job, or any time that passed, there is no rate."""
    assert Rate.of([None, None, None, None]).per_s == 0
    assert Rate.of([b"0", b"0", b"10", b"10"]).per_s == 0


def test_real_worker_makes_true_predictions(own_redis: RedisProcess, tmp_path: Path) -> None:
    """What is predicted falls as the queue does, and is about what it takes."""
    queue = queue_on(own_redis)
    for _ in range(60):
        last = submit(queue, odd_tasks.sleep, 0.1)
    predicted: list[tuple[float, float]] = []
    with worker(*OURS, server=own_redis, home=tmp_path):
        while not queue.fetch(last).status.is_end:
            predicted.append((time.monotonic(), queue.predicted_wait_s("default")))
            time.sleep(0.1)
        done_at = time.monotonic()
        await_true(lambda: queue.predicted_wait_s("default") == 0)

    known = [(at, wait_s) for at, wait_s in predicted if wait_s]
    assert known
    for at, wait_s in known:
        assert (done_at - at) / 3 < wait_s + 1
        assert wait_s < (done_at - at) * 3 + 1
    assert all(later[1] <= earlier[1] * 1.5 + 1 for earlier, later in pairwise(known))


def test_worker_of_several_queues_tells_nothing(own_redis: RedisProcess, tmp_path: Path) -> None:
    """It would make each of them look faster than it is."""
    queue = queue_on(own_redis)
    submit(queue, odd_tasks.sleep, 0)

    run_rq("worker", "--burst", *OURS, "default", "other", server=own_redis, home=tmp_path)

    with own_redis.client() as client:
        assert not client.exists(pace_key("default"), pace_key("other"))
