"""Every end of a job wakes who waits for it, at once and whoever brought it about."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from rq.command import send_stop_job_command
from rq.job import Job as StockJob

from tasks.catalog.echo import echo
from tasks.errors import JobNotFound
from tasks.job_state import JobStatus
from tasks.keyspace import ENDED_CHANNEL
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.watched_job import Waiting, fetch_job


@pytest.mark.parametrize("how", ["signal", "exit"])
def test_killed_process_wakes_the_waiter(served: Served, how: str) -> None:
    """A job whose process dies fails at once, and the worker goes on."""
    served.queue.wait(submit(served.queue, echo, 1), timeout_s=10)  # The worker is there now.
    begin = time.monotonic()

    state = served.queue.wait(submit(served.queue, odd_tasks.die, how), timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert time.monotonic() - begin < 1
    assert served.queue.wait(submit(served.queue, echo, 1), timeout_s=10).result == 1


def test_stopped_job_wakes_the_waiter(served: Served) -> None:
    """A running job that is stopped ends as canceled."""
    job_id = submit(served.queue, odd_tasks.sleep, 20)
    waiting = Waiting(served.queue, job_id)

    send_stop_job_command(served.server.client(), job_id, serializer=Serializer)

    assert waiting.state(within_s=1).status is JobStatus.CANCELED


def test_canceled_job_wakes_the_waiter(own_redis: RedisProcess) -> None:
    """A queued job that is canceled ends at once."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    waiting = Waiting(queue, job_id)

    fetch_job(own_redis, job_id).cancel()

    assert waiting.state(within_s=1).status is JobStatus.CANCELED


def test_end_wakes_who_waits_in_another_process(served: Served) -> None:
    """A gateway hears of the end of a job that another has submitted."""
    job_id = submit(served.queue, odd_tasks.sleep, 1)
    waiting = Waiting(queue_on(served.server), job_id)

    assert waiting.state(within_s=2).status is JobStatus.FINISHED


def test_nobody_hears_of_the_jobs_of_others(served: Served) -> None:
    """A gateway that waits for its own jobs alone is told of no other's."""
    queue = queue_on(served.server)
    with served.server.client() as client:
        before = client.pubsub_numsub(ENDED_CHANNEL)
        own_before = len(client.pubsub_channels(f"{ENDED_CHANNEL}:*"))

        assert queue.wait(submit(queue, echo, 1), timeout_s=10).result == 1

        assert client.pubsub_numsub(ENDED_CHANNEL) == before
        assert len(client.pubsub_channels(f"{ENDED_CHANNEL}:*")) == own_before + 1


def test_deleted_job_wakes_the_waiter(own_redis: RedisProcess) -> None:
    """A job that is deleted is not found any more, at once."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    waiting = Waiting(queue, job_id)

    fetch_job(own_redis, job_id).delete()

    with pytest.raises(JobNotFound):
        waiting.state(within_s=1)


@pytest.mark.parametrize(
    ("end", "status"),
    [(StockJob.cancel, JobStatus.CANCELED), (StockJob.delete, None)],
    ids=["cancel", "delete"],
)
def test_end_that_nobody_tells_is_seen(
    own_redis: RedisProcess, end: Callable[[Any], object], status: JobStatus | None
) -> None:
    """An end by RQ's own classes, as of rq-dashboard, is seen within seconds."""
    queue = queue_on(own_redis)
    job_id = submit(queue, echo, 1)
    waiting = Waiting(queue, job_id)

    end(StockJob.fetch(job_id, connection=own_redis.client(), serializer=Serializer))

    if status:
        assert waiting.state(within_s=4).status is status
    else:
        with pytest.raises(JobNotFound):
            waiting.state(within_s=4)


def test_wait_outlives_the_socket_timeout(served: Served) -> None:
    """A job may take longer than any single answer of Redis."""
    state = served.queue.wait(submit(served.queue, odd_tasks.sleep, 6), timeout_s=20)

    assert state.status is JobStatus.FINISHED


def test_large_result_is_read_when_its_end_is_told(served: Served) -> None:
    """A result too large to be told with the end of its job arrives all the same."""
    queue = served.queue
    queue.wait(submit(queue, echo, 1), timeout_s=10)

    state = queue.wait(submit(queue, echo, "x" * 100_000), timeout_s=10)

    assert state.result == "x" * 100_000


def test_end_told_before_anybody_waits_is_kept(served: Served) -> None:
    """The end of a job is heard from its submission on, and not only while somebody waits."""
    queue = served.queue
    queue.wait(submit(queue, echo, 1), timeout_s=10)
    first, second = submit(queue, echo, "a"), submit(queue, echo, "b")
    queue.wait(second, timeout_s=10)

    assert queue.wait(first, timeout_s=0.5).result == "a"
