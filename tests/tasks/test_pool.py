"""The pool as a machine of a fleet runs it: real workers below a real pool."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks.catalog.echo import echo
from tasks.job_state import JobStatus
from tests.e2e.gateway import descendants, eventually, is_alive, parent_of
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, ROOT, environment, worker

STARTED_WITHIN_S = 40
ENDED_WITHIN_S = 30


class Pool:
    """``python -m tasks.pool`` with the odd tasks installed."""

    def __init__(self, server: RedisProcess, home: Path, settings: dict[str, str]) -> None:
        self._home = home
        with (home / "pool.out").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tasks.pool"],
                cwd=ROOT,
                env=environment(server, home) | settings,
                stdout=output,
                stderr=output,
            )

    @property
    def log(self) -> str:
        """The log and what was printed so far."""
        log = self._home / "logs" / "app.log"
        printed = (self._home / "pool.out").read_text()
        return printed + (log.read_text() if log.exists() else "")

    def workers(self) -> dict[int, str]:
        """Return the workers' queues by their process ids."""
        below = descendants(self.process.pid)
        return {
            pid: args.split()[-1]
            for pid, args in below.items()
            if "rq.cli" in args and parent_of(pid) == self.process.pid
        }

    def wait_for(self, *queues: str) -> None:
        """Return when just the workers of these queues and the one of alerts run, and say so."""
        wanted = sorted([*queues, "alerts"])
        eventually(
            lambda: (
                sorted(self.workers().values()) == wanted
                and self.log.count("worker started") >= len(wanted)
            ),
            within_s=STARTED_WITHIN_S,
            what=f"workers of {queues}",
        )

    def wait_for_end(self) -> int:
        """Return its exit status once it has ended."""
        return self.process.wait(timeout=ENDED_WITHIN_S)


Start = Callable[..., Pool]


@pytest.fixture
def start(own_redis: RedisProcess, tmp_path: Path) -> Iterator[Start]:
    """Start pools on a Redis of the test's own; leave nothing behind."""
    pools: list[Pool] = []

    def run(workers: str, **settings: str) -> Pool:
        pools.append(Pool(own_redis, tmp_path, {"WORKERS": workers, **settings}))
        return pools[-1]

    yield run
    for pool in pools:
        for pid in [pool.process.pid, *descendants(pool.process.pid)]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        pool.process.wait()


def test_each_queue_gets_its_workers_and_a_killed_one_comes_back(start: Start) -> None:
    """A worker serves one queue; whichever dies is started again, and the log says so."""
    pool = start("default=2,high=1,low=0", QUEUES="high,low")
    pool.wait_for("default", "default", "high")
    victim = next(pid for pid, queue in pool.workers().items() if queue == "high")
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not is_alive(victim), within_s=5, what="the end of the worker")

    pool.wait_for("default", "default", "high")

    assert "a part ended and is restarted part=worker-high-0" in pool.log


def test_sigterm_drains(start: Start, own_redis: RedisProcess, tmp_path: Path) -> None:
    """Running jobs are finished, queued ones stay, and the pool ends well with all its workers."""
    queue = queue_on(own_redis)
    pool = start("1")
    pool.wait_for("default")
    running = submit(queue, odd_tasks.touch, str(tmp_path / "trace"))
    left = submit(queue, echo, 1)
    eventually((tmp_path / "trace").exists, within_s=10, what="the job runs")
    everybody = descendants(pool.process.pid)

    pool.process.terminate()

    assert pool.wait_for_end() == 0
    assert queue.fetch(running).status is JobStatus.FINISHED
    assert queue.fetch(left).status is JobStatus.QUEUED
    assert not any(map(is_alive, everybody))


def test_a_second_signal_hands_the_jobs_back(
    start: Start, own_redis: RedisProcess, tmp_path: Path
) -> None:
    """Who does not wait for the drain gets jobs that may run twice back in their queue."""
    queue = queue_on(own_redis)
    pool = start("2")
    pool.wait_for("default", "default")
    traces = [tmp_path / "one", tmp_path / "two"]
    jobs = [submit(queue, odd_tasks.linger, str(trace)) for trace in traces]
    eventually(lambda: all(one.exists() for one in traces), within_s=10, what="both jobs run")

    pool.process.send_signal(signal.SIGTERM)
    eventually(lambda: _is_asked(own_redis), within_s=5, what="the workers drain")
    pool.process.send_signal(signal.SIGINT)

    assert pool.wait_for_end() == 0
    assert [queue.fetch(job).status for job in jobs] == [JobStatus.QUEUED] * 2
    with own_redis.client() as client:
        assert client.llen("rq:queue:default") == 2


def _is_asked(server: RedisProcess) -> bool:
    """Whether the workers have noted that they are to stop."""
    with server.client() as client:
        workers = client.smembers("rq:workers")
        return all(client.hexists(worker, "shutdown_requested_date") for worker in workers)


def test_impatience_does_not_lose_the_job(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A worker that is asked to stop again and again still hands its job back."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        job = submit(queue, odd_tasks.linger, str(trace))
        eventually(trace.exists, within_s=10, what="the job runs")
        deadline = time.monotonic() + ENDED_WITHIN_S
        while process.poll() is None and time.monotonic() < deadline:
            process.terminate()
            time.sleep(0.002)

        assert process.poll() is not None

    assert queue.fetch(job).status is JobStatus.QUEUED


def test_a_queue_with_bounds_follows_its_load(start: Start, own_redis: RedisProcess) -> None:
    """It grows while jobs wait, shrinks when they are done, and loses none on the way."""
    queue = queue_on(own_redis)
    pool = start("1..2", POOL_GROW_AFTER="1", POOL_SHRINK_AFTER="1")
    pool.wait_for("default")
    jobs = [submit(queue, odd_tasks.sleep, 1.5) for _ in range(5)]

    pool.wait_for("default", "default")
    ends = {queue.wait(job, timeout_s=20).status for job in jobs}
    pool.wait_for("default")

    assert ends == {JobStatus.FINISHED}
    assert "worker added queue=default workers=2" in pool.log
    assert "worker removed queue=default workers=1" in pool.log


def test_a_killed_pool_leaves_no_workers(
    start: Start, own_redis: RedisProcess, tmp_path: Path
) -> None:
    """Its workers finish their jobs and end, so that the next pool does not come on top."""
    queue = queue_on(own_redis)
    pool = start("2")
    pool.wait_for("default", "default")
    job = submit(queue, odd_tasks.touch, str(tmp_path / "trace"))
    eventually((tmp_path / "trace").exists, within_s=10, what="the job runs")
    everybody = descendants(pool.process.pid)

    pool.process.kill()

    eventually(
        lambda: not any(map(is_alive, everybody)), within_s=ENDED_WITHIN_S, what="all have ended"
    )
    assert queue.fetch(job).status is JobStatus.FINISHED


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"WORKERS": "many"}, "WORKERS: Value error, write a number"),
        ({"WORKERS": "high=1"}, "WORKERS: There is no queue high"),
        ({"REDIS_URL": "http://nowhere"}, "REDIS_URL must be"),
    ],
)
def test_bad_settings_end_it_with_one_clear_message(
    tmp_path: Path, settings: dict[str, str], part: str
) -> None:
    """A pool that cannot start says why, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tasks.pool"],
        cwd=ROOT,
        env=os.environ | {"PIIGATE_HOME": str(tmp_path)} | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert part in done.stderr
    assert "Traceback" not in done.stderr
