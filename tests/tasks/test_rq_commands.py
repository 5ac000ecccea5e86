"""RQ's own commands run our workers and work on our jobs."""

import time
from pathlib import Path

import pytest
from rq.registry import FailedJobRegistry

from tasks.catalog.echo import echo
from tasks.catalog.transform import transform
from tasks.job_state import JobStatus
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_log import job_line
from tests.tasks.worker_process import OURS, STOCK, ended_rq, run_rq, worker


@pytest.mark.parametrize(
    "options",
    [
        OURS,
        ("-c", "tasks.rq_config", "-w", "tasks.worker.Worker", "default"),
        (
            *("-w", "tasks.worker.Worker", "-j", "tasks.job.Job"),
            *("-S", "tasks.serializer.Serializer", "-u", "URL", "default"),
        ),
    ],
    ids=["config", "config and queue", "address"],
)
def test_documented_command_lines_work(
    own_redis: RedisProcess, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Every documented way to start a worker runs jobs with our classes."""
    queue = queue_on(own_redis)
    words = [own_redis.url if word == "URL" else word for word in options]

    with worker(*words, server=own_redis, home=tmp_path):
        state = queue.wait(submit(queue, transform, " a  b "), timeout_s=10)

    assert state.result == "a b"


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


def test_rq_own_commands_work_on_our_jobs(served: Served) -> None:
    """``rq info`` counts our jobs and workers, and ``rq requeue`` runs a failed job again."""
    job_id = submit(served.queue, odd_tasks.die, "exit")
    served.queue.wait(job_id, timeout_s=10)
    job_line(served, job_id)

    info = run_rq("info", "-u", served.server.url, server=served.server, home=served.home)
    run_rq(
        *("requeue", "--queue", "default", "-u", served.server.url),
        *("-j", "tasks.job.Job", "-S", "tasks.serializer.Serializer", job_id),
        server=served.server,
        home=served.home,
    )

    assert "1 workers, 1 queues" in info
    assert "default" in info
    deadline = time.monotonic() + 5
    while len(served.job_lines(job_id)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    failed = FailedJobRegistry("default", connection=served.server.client())
    assert job_id in failed.get_job_ids()


def test_bad_settings_end_a_worker_with_one_clear_message(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A worker that cannot read its settings says which one is wrong, without a traceback."""
    done = ended_rq("worker", *OURS, server=own_redis, home=tmp_path, JOB_TIMEOUT="soon")

    assert done.returncode == 1
    assert "JOB_TIMEOUT" in done.stderr
    assert "Traceback" not in done.stderr
