"""The process of the jobs goes on by itself; what goes wrong with one job stays with that one."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from rq.command import send_stop_job_command
from rq.utils import as_text

from tasks.catalog.echo import echo
from tasks.frugal_worker import FrugalWorker
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tasks.recovery import Delivery, Recovery
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_horse_worker import await_true, run
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, run_rq, worker


def submit_between(queue: RedisQueue, function: Any, payload: Any) -> tuple[str, str, str]:
    """Submit a job between two short ones, and return the ids of the three."""
    return submit(queue, echo, 1), submit(queue, function, payload), submit(queue, echo, 2)


def ends(queue: RedisQueue, *job_ids: str) -> list[JobStatus]:
    """Return how jobs ended."""
    return [queue.wait(one, timeout_s=10).status for one in job_ids]


def dying(which: str) -> tuple[str, ...]:
    """Return the options for a worker whose process dies at a certain moment."""
    return "-c", "tasks.rq_config", "-w", f"tests.tasks.dying_worker.{which}"


@pytest.mark.parametrize("how", ["signal", "exit"])
def test_job_that_ends_its_process_costs_itself_alone(served: Served, how: str) -> None:
    """The job before it has its result, the one after it runs in another process."""
    jobs = submit_between(served.queue, odd_tasks.die, how)

    assert ends(served.queue, *jobs) == [JobStatus.FINISHED, JobStatus.FAILED, JobStatus.FINISHED]


def test_job_that_was_taken_and_not_begun_runs_after_all(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A process that dies between two jobs does not cost the second, whatever its task."""
    queue = queue_on(own_redis)
    unbegun = submit(queue, odd_tasks.process_id, 1)
    with own_redis.client() as client:
        dead = FrugalWorker(
            ["default"], name="w", connection=client, job_class=Job, serializer=Serializer
        )
        dead.connection.call(dead.taking(dead.queues[0]).call)
        client.delete(dead.key)
    fatal = submit(queue, odd_tasks.die, "signal")

    run_rq("worker", "--burst", "--name", "w", *OURS, server=own_redis, home=tmp_path)

    assert ends(queue, unbegun, fatal) == [JobStatus.FINISHED, JobStatus.FAILED]


def test_job_that_was_taken_before_an_end_was_stored_runs_after_all(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A process that dies with the next job in its hands loses what it could not store alone."""
    queue = queue_on(own_redis)
    unstored, taken = submit(queue, odd_tasks.process_id, 1), submit(queue, odd_tasks.process_id, 2)

    run_rq("worker", "--burst", *dying("DiesBeforeTheEnd"), server=own_redis, home=tmp_path)

    assert ends(queue, unstored, taken) == [JobStatus.FAILED, JobStatus.FINISHED]


def test_job_that_its_process_dies_of_when_it_is_opened_fails(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """It is not given back a few times first, as one that was never begun."""
    queue = queue_on(own_redis)
    jobs = submit_between(queue, echo, "x" * 200_000)

    run_rq("worker", "--burst", *dying("DiesOfLongCalls"), server=own_redis, home=tmp_path)

    assert ends(queue, *jobs) == [JobStatus.FINISHED, JobStatus.FAILED, JobStatus.FINISHED]
    with own_redis.client() as client:
        assert not client.hexists(f"rq:job:{jobs[1]}", "losses")


def test_job_whose_end_cannot_be_stored_fails_alone(served: Served) -> None:
    """The next one was taken by then; each of the others runs once."""
    queue = served.queue
    before, spoilt, *after = (
        submit(queue, function, 1)
        for function in (echo, odd_tasks.forget_its_start, *[odd_tasks.process_id] * 5)
    )

    assert ends(queue, before, spoilt, *after) == [
        JobStatus.FINISHED,
        JobStatus.FAILED,
        *[JobStatus.FINISHED] * 5,
    ]
    await_true(lambda: all(served.job_lines(one) for one in after))
    assert [len(served.job_lines(one)) for one in after] == [1] * 5
    with served.server.client() as client:
        await_true(lambda: not client.keys("rq:worker:*:executions"))


def test_worker_is_busy_until_its_streak_ends(served: Served) -> None:
    """The next job is taken before the end of the one before is stored, which makes nobody idle."""
    _, long = submit(served.queue, echo, 1), submit(served.queue, odd_tasks.sleep, 2)
    with served.server.client() as client:
        (key,) = client.smembers("rq:workers")
        await_true(lambda: served.queue.fetch(long).status is JobStatus.STARTED)
        time.sleep(0.1)
        assert client.hget(key, "state") == b"busy"
        assert ends(served.queue, long) == [JobStatus.FINISHED]
        await_true(lambda: client.hget(key, "state") == b"idle")


def test_job_that_hangs_is_killed_alone(own_redis: RedisProcess, tmp_path: Path) -> None:
    """The time of each job counts from its own beginning."""
    queue = queue_on(own_redis)
    jobs = submit_between(queue, odd_tasks.hang, 1)
    with worker(*OURS, server=own_redis, home=tmp_path, JOB_GRACE="1"):
        assert ends(queue, *jobs) == [JobStatus.FINISHED, JobStatus.TIMED_OUT, JobStatus.FINISHED]


def test_job_is_stopped_alone(served: Served) -> None:
    """RQ's stop command finds a job that the worker was never asked for."""
    queue = served.queue
    jobs = submit_between(queue, odd_tasks.sleep, 30)
    with served.server.client() as client:
        await_true(lambda: queue.fetch(jobs[1]).status is JobStatus.STARTED)
        await_true(
            lambda: (
                send_stop_job_command(client, jobs[1], serializer=Serializer)
                or queue.wait(jobs[1], timeout_s=0.3).status.is_end
            )
        )

        assert ends(queue, *jobs) == [JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.FINISHED]


def test_sigterm_lets_the_job_of_a_streak_finish(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A worker that is asked to stop takes no further job, nor does the process of its jobs."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    before, running, left = submit_between(queue, odd_tasks.touch, str(trace))
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        await_true(trace.exists)
        process.terminate()

        assert process.wait(timeout=10) == 0

    assert ends(queue, before, running) == [JobStatus.FINISHED, JobStatus.FINISHED]
    assert trace.read_text() == "done"
    assert queue.fetch(left).status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("function", "status"),
    [(odd_tasks.touch_again, JobStatus.QUEUED), (odd_tasks.touch, JobStatus.FAILED)],
)
def test_second_sigterm_hands_the_job_of_a_streak_back(
    own_redis: RedisProcess, tmp_path: Path, function: Any, status: JobStatus
) -> None:
    """It is the job that runs which comes back, not the one that was handed over."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    before, running, left = submit_between(queue, function, str(trace))
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        await_true(trace.exists)
        process.terminate()
        time.sleep(1.2)  # RQ takes a second signal within a second for the same.
        os.kill(process.pid, signal.SIGTERM)

        process.wait(timeout=6)

    assert [queue.fetch(one).status for one in (before, running, left)] == [
        JobStatus.FINISHED,
        status,
        JobStatus.QUEUED,
    ]
    assert "done" not in trace.read_text()


def test_signs_of_life_are_those_of_the_job_that_runs(served: Served) -> None:
    """A job that a process went on to is not taken for lost, however long it runs."""
    jobs = submit_between(served.queue, odd_tasks.sleep, 6.5)

    assert ends(served.queue, *jobs) == [JobStatus.FINISHED] * 3
    with served.server.client() as client:
        await_true(lambda: not client.keys("rq:execution*"))


def test_counted_jobs_are_run_one_at_a_time(own_redis: RedisProcess, tmp_path: Path) -> None:
    """``rq worker --max-jobs`` counts what it says."""
    queue = queue_on(own_redis)
    jobs = submit_between(queue, echo, 1)

    run_rq("worker", "--max-jobs", "2", *OURS, server=own_redis, home=tmp_path)

    assert [queue.fetch(one).status for one in jobs] == [
        JobStatus.FINISHED,
        JobStatus.FINISHED,
        JobStatus.QUEUED,
    ]


def test_job_that_its_process_never_had_runs_after_all(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A process that dies while a job is on its way to it does not cost that job."""
    queue = queue_on(own_redis)
    # Where jobs are counted, the process waits for each to be handed to it.
    with worker("--max-jobs", "9", *OURS, server=own_redis, home=tmp_path):
        pid = run(queue, odd_tasks.process_id)
        time.sleep(0.5)  # The worker is told that the job has ended after its waiter is.
        os.kill(pid, signal.SIGSTOP)
        second = submit(queue, odd_tasks.process_id, 1)
        await_true(lambda: queue.fetch(second).status is JobStatus.STARTED)
        time.sleep(0.2)  # It is in the pipe.
        os.kill(pid, signal.SIGKILL)

        state = queue.wait(second, timeout_s=10)

    assert state.status is JobStatus.FINISHED
    assert state.result != pid


@pytest.mark.parametrize("word", ["finish", "fail"])
def test_late_end_in_a_streak_is_refused(served: Served, tmp_path: Path, word: str) -> None:
    """The job was brought back meanwhile: its end is discarded, and the next one runs."""
    queue = served.queue
    trace = tmp_path / "trace"
    before, late, after = submit_between(queue, odd_tasks.obey, str(trace))
    with served.server.client() as client:
        await_true(trace.exists)
        (entry,) = map(as_text, client.zrange("rq:wip:default", 0, -1))
        Recovery(client, max_deliveries=3).bring_back(
            Delivery(queue="default", job_id=late, execution_id=entry.rpartition(":")[2])
        )
        trace.write_text(word)

        assert ends(queue, before, late, after) == [
            JobStatus.FINISHED,
            JobStatus.FAILED,
            JobStatus.FINISHED,
        ]
        assert client.hget(f"rq:job:{late}", "status") == b"failed"
        assert client.xlen(f"rq:results:{late}") == 1
    lines = served.job_lines(late)
    assert len([line for line in lines if "late end of a job discarded" in line]) == 1
