"""What the overview of queues says, on real queues and in memory."""

import zlib
from base64 import b64encode
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from redis import Redis

from tasks.catalog.echo import echo
from tasks.errors import QueueUnavailable
from tasks.memory import InMemoryQueue
from tasks.overview import RedisOverview, open_overview
from tasks.ports import JobQueue, QueueOverview
from tasks.settings import TasksSettings
from tests.marked_task import task_of
from tests.tasks import odd_tasks
from tests.tasks.test_queue_contract import submit


class Both(NamedTuple):
    """A queue and the view of it."""

    jobs: JobQueue
    view: QueueOverview


@pytest.fixture(params=["memory", "redis"])
def both(request: pytest.FixtureRequest) -> Both:
    """Each kind of queue in turn, with something that runs the jobs of all queues but one."""
    if request.param == "memory":
        queue = InMemoryQueue(unserved={"idle"})
        return Both(queue, queue)
    served: Any = request.getfixturevalue("served")
    return Both(served.queue, RedisOverview(served.server.client()))


def test_failed_job_is_told_without_what_its_error_says(both: Both) -> None:
    """A failure names task, caller and end, and no value."""
    job_id = submit(both.jobs, odd_tasks.fail, {"email": "jane@example.com"})
    both.jobs.wait(job_id, timeout_s=10)

    failure = both.view.look(["default"]).failures[0]

    assert (failure.job_id, failure.caller) == (job_id, "ann")
    assert failure.task == "fail"
    assert failure.ended_at is not None
    assert failure.reason
    assert "jane" not in failure.reason


def test_queue_without_a_worker_shows_what_waits(both: Both) -> None:
    """Depth and wait grow where nobody works, and the queue has no worker."""
    before = both.view.look(["idle"]).queues[0]
    unserved = replace(task_of(echo), queue="idle")
    both.jobs.submit(unserved, {}, caller="ann", request_id="r-1")

    idle = both.view.look(["idle"]).queues[0]

    assert idle.queued == before.queued + 1
    assert idle.wait_s is not None
    assert idle.workers == 0


def test_served_queue_has_a_worker(both: Both) -> None:
    """A live worker is counted once, and a queue that it serves has no job left."""
    both.jobs.wait(submit(both.jobs, echo, {}), timeout_s=10)

    shown = both.view.look(["default", "idle"])

    assert shown.workers == 1
    assert [state.workers for state in shown.queues] == [1, 0]
    assert shown.queues[0].queued == 0
    assert shown.queues[0].wait_s is None


def test_dead_worker_is_not_counted(redis_url: str) -> None:
    """A worker that never said goodbye counts no more once its sign of life has expired."""
    with Redis.from_url(redis_url) as redis:
        redis.sadd("rq:workers:default", "rq:worker:dead")

        assert RedisOverview(redis).look(["default"]).workers == 0


def test_what_others_stored_is_shown_as_far_as_it_can_be_read(redis_url: str) -> None:
    """A failed job that is not ours is listed by its id alone."""
    with Redis.from_url(redis_url) as redis:
        redis.zadd("rq:failed:default", {"theirs": 1})
        redis.hset("rq:job:theirs", mapping={"meta": b"\x80", "ended_at": b"soon"})
        redis.xadd("rq:results:theirs", {"exc_string": "not base64 at all!"})

        (failure,) = RedisOverview(redis).look(["default"]).failures

    assert failure.job_id == "theirs"
    assert (failure.task, failure.reason, failure.ended_at) == ("", "", None)


def test_values_that_others_stored_are_masked(redis_url: str) -> None:
    """A traceback of RQ's own quotes values, on any line of it."""
    text = b64encode(zlib.compress(b"ValueError: jane@example.com"))
    with Redis.from_url(redis_url) as redis:
        redis.zadd("rq:failed:default", {"theirs": 1})
        redis.hset("rq:job:theirs", mapping={"meta": '{"caller": "jane@example.com"}'})
        redis.xadd("rq:results:theirs", {"exc_string": text})

        (failure,) = RedisOverview(redis).look(["default"]).failures

    assert (failure.caller, failure.reason) == ("j***@e***.com", "ValueError: j***@e***.com")


def test_unreachable_redis_is_told() -> None:
    """Without Redis there is nothing to see."""
    overview = open_overview(TasksSettings.load(redis_url="redis://127.0.0.1:1/0"))

    with pytest.raises(QueueUnavailable):
        overview.look(["default"])
