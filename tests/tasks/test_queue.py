"""The queue on Redis: every end wakes its waiters, and Redis may come and go."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from rq import Queue
from rq.command import send_stop_job_command
from rq.job import Job as StockJob

from tasks import claims
from tasks.catalog.echo import echo
from tasks.claim import Claim
from tasks.errors import JobNotFound, NotSubmitted, QueueUnavailable
from tasks.job import Job
from tasks.job_state import JobState, JobStatus
from tasks.keyspace import ENDED_CHANNEL
from tasks.queue import RedisQueue, open_queue
from tasks.registry import discover
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, ROOT, STOCK, environment, worker


def fetch_job(server: RedisProcess, job_id: str) -> Job:
    """Return the stored job."""
    return Job.fetch(job_id, connection=server.client(), serializer=Serializer)  # type: ignore[return-value]


class Waiting:
    """A wait for a job in a thread of its own."""

    def __init__(self, queue: RedisQueue, job_id: str, *, timeout_s: float = 30) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._state = self._pool.submit(queue.wait, job_id, timeout_s=timeout_s)
        time.sleep(0.3)

    def state(self, *, within_s: float) -> JobState:
        """Return the state that the wait returned, which it must do in time."""
        self._pool.shutdown(wait=False)
        return self._state.result(timeout=within_s)


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


def test_canceled_job_never_runs(served: Served, tmp_path: Path) -> None:
    """A job that is canceled while it is queued is not there for the worker that comes to it."""
    busy = submit(served.queue, odd_tasks.sleep, 1)
    job_id = submit(served.queue, odd_tasks.touch, str(tmp_path / "touched"))

    served.queue.cancel(job_id)

    assert served.queue.wait(busy, timeout_s=10).status is JobStatus.FINISHED
    assert served.queue.wait(submit(served.queue, echo, 1), timeout_s=10).result == 1
    assert not (tmp_path / "touched").exists()
    assert served.queue.fetch(job_id).status is JobStatus.CANCELED
    with served.server.client() as client:
        assert job_id in Queue("default", connection=client).canceled_job_registry.get_job_ids()


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


def test_stock_worker_runs_our_jobs(own_redis: RedisProcess, tmp_path: Path) -> None:
    """RQ's own worker, told our job class and serializer, runs our jobs and wakes the waiter."""
    queue = queue_on(own_redis)
    with worker(*STOCK, server=own_redis, home=tmp_path):
        begin = time.monotonic()
        assert queue.wait(submit(queue, echo, {"a": 1}), timeout_s=10).result == {"a": 1}
        failed = queue.wait(submit(queue, odd_tasks.fail, odd_tasks.SECRET), timeout_s=10)
        assert time.monotonic() - begin < 2

    assert failed.status is JobStatus.FAILED
    assert odd_tasks.SECRET not in (tmp_path / "worker.out").read_text()


def test_wait_outlives_the_socket_timeout(served: Served) -> None:
    """A job may take longer than any single answer of Redis."""
    state = served.queue.wait(submit(served.queue, odd_tasks.sleep, 6), timeout_s=20)

    assert state.status is JobStatus.FINISHED


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
    calls: list[Callable[[], object]] = [
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


def test_job_is_stored_in_rq_layout_with_nothing_to_tell(own_redis: RedisProcess) -> None:
    """The stored job names its task alone in its description, and expires by the settings."""
    settings = TasksSettings.load(
        redis_url=own_redis.url, job_ttl=77, result_ttl=66, failure_ttl=55
    )
    job_id = submit(open_queue(settings), echo, odd_tasks.SECRET)

    job = fetch_job(own_redis, job_id)

    assert Queue("default", connection=own_redis.client()).job_ids == [job_id]
    assert job.description == "echo"
    assert job.func_name == "tasks.catalog.echo.echo"
    deadline = job.meta.pop("deadline")
    assert job.meta == {"caller": "ann", "request_id": "r-1", "task": "echo"}
    assert 70 < float(deadline) - time.time() <= 77
    assert (job.timeout, job.ttl, job.result_ttl, job.failure_ttl) == (60, 77 + 55, 66, 55)
    with own_redis.client() as client:
        assert 70 + 55 < client.ttl(job.key) <= 77 + 55


def test_result_that_is_gone_is_not_found(served: Served) -> None:
    """A finished job whose result has gone is not passed off as one that returned nothing."""
    job_id = submit(served.queue, echo, 1)
    served.queue.wait(job_id, timeout_s=10)
    with served.server.client() as client:
        client.delete(f"rq:results:{job_id}")

    with pytest.raises(JobNotFound):
        served.queue.fetch(job_id)


def test_claim_is_kept_as_long_as_the_setting_says(own_redis: RedisProcess) -> None:
    """A claim without a job ends within seconds, one with a job with its setting."""
    settings = TasksSettings.load(redis_url=own_redis.url, idempotency_ttl=77)
    queue = open_queue(settings)
    claim = Claim(key="k", request="r", hold_s=9)
    queue.claim(claim)
    with own_redis.client() as client:
        assert 8_000 < client.pttl("piigate:claim:k") <= 9_000
        queue.submit(discover().named("echo"), 1, caller="ann", request_id="r", claim=claim)
        assert 70 < client.ttl("piigate:claim:k") <= 77


def test_claim_that_is_lost_while_it_is_used_leaves_no_job(own_redis: RedisProcess) -> None:
    """Job and key are stored together or not at all."""
    queue = queue_on(own_redis)
    claim = Claim(key="k", request="r")
    queue.claim(claim)
    with own_redis.client() as client:
        with client.pipeline() as pipeline:
            claims.begin(pipeline, claim)
            client.set("piigate:claim:k", "another's")
            claims.settle(pipeline, claim, "a job", ttl_s=60)
            with pytest.raises(redis.WatchError):
                pipeline.execute()
        assert client.get("piigate:claim:k") == b"another's"


def _moments(count: int) -> Iterator[None]:
    for _ in range(count):
        yield
        time.sleep(0.1)


def test_progress_of_a_deleted_job_leaves_nothing_behind(served: Served) -> None:
    """A task that still counts does not bring its deleted job back."""
    job_id = submit(served.queue, odd_tasks.count, 4)
    known = served.queue.fetch(job_id)
    while known.progress is None:
        known = served.queue.wait_for_change(known, timeout_s=2)
    with served.server.client() as client:
        client.delete(f"rq:job:{job_id}")
        time.sleep(1)
        # A sign of life of its worker may bring it back for a moment.
        gone = (not client.exists(f"rq:job:{job_id}") for _ in _moments(20))
        assert any(gone)


def test_progress_goes_with_its_job(served: Served) -> None:
    """What is stored of it is two numbers, in the job's own hash."""
    job_id = submit(served.queue, odd_tasks.count, 1)
    served.queue.wait(job_id, timeout_s=10)
    with served.server.client() as client:
        assert client.hget(f"rq:job:{job_id}", "progress") == b"1/1"
        assert 0 < client.ttl(f"rq:job:{job_id}") <= 600


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
