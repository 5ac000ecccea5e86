"""The worker: registered tasks only, one safe line per job, nothing lost unnoticed."""

import os
import signal
import subprocess
import time
import zlib
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import rq
from rq.registry import FailedJobRegistry

from tasks.catalog.echo import echo
from tasks.catalog.transform import transform
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tasks.rq_queue import Queue
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, ROOT, RQ, environment, run_rq, worker

SECRET = odd_tasks.SECRET


def forge(served: Served, path: str, *args: Any, **options: Any) -> str:
    """Store a job as a program of ours with access to keys and Redis could, and return its id."""
    queue = Queue("default", served.server.client())
    meta = {"caller": "eve", "request_id": "r-9", "task": "echo"}
    return queue.enqueue_call(path, args=args, description="x", meta=meta, **options).id


def test_function_that_is_no_task_is_never_imported(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that names any other function fails, and the function's module is not imported."""
    trace = served.home / "imported"
    module = served.home / "packages" / "forged_module.py"
    module.write_text(f"open({str(trace)!r}, 'w').close()\ndef run(payload): return payload\n")

    state = served.queue.wait(forge(served, "forged_module.run", 1), timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert not trace.exists()


def test_other_functions_and_methods_do_not_run(served: Served) -> None:
    """Neither a library's function, nor a function near a task, nor a builtin runs as a job."""
    trace = served.home / "ran"
    command = f"touch {trace}"
    jobs = [
        forge(served, "os.system", command),
        forge(served, "posix.system", command),
        forge(served, "tasks.catalog.echo.task", 1),
        forge(served, "tasks.catalog.transform.re.compile", "x"),
        forge(served, "eval", "1"),
        forge(served, "", 1),
    ]

    ends = {served.queue.wait(job, timeout_s=10).status for job in jobs}

    assert ends == {JobStatus.FAILED}
    assert not trace.exists()


def test_callbacks_of_a_job_do_not_run(served: Served) -> None:
    """A callback names a function too: the job runs without it."""
    trace = served.home / "called"
    module = served.home / "packages" / "forged_callback.py"
    module.write_text(f"open({str(trace)!r}, 'w').close()\ndef run(*args): pass\n")
    job_id = forge(
        served, "tasks.catalog.echo.echo", 1, on_success=rq.Callback("forged_callback.run")
    )

    assert served.queue.wait(job_id, timeout_s=10).result == 1
    assert not trace.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x05cos\nsystem\n.",
        b"[]",
        b"{}",
        b'["os.system","x",["y"],{}]',
        b"[1,null,[],{}]",
    ],
)
def test_garbage_fails_and_the_worker_goes_on(served: Served, data: bytes) -> None:
    """A job whose data nobody of ours wrote fails; no pickle is opened, no instance used."""
    with served.server.client() as client:
        job_id = str(Job(connection=client).id)
        meta = Serializer.dumps({"caller": "eve", "request_id": "r", "task": "echo"})
        fields = {"data": zlib.compress(data), "status": "queued", "meta": meta}
        client.hset(f"rq:job:{job_id}", mapping={**fields, "origin": "default", "timeout": 5})
        client.rpush("rq:queue:default", job_id)

    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FAILED
    assert served.queue.wait(submit(served.queue, echo, 1), timeout_s=10).result == 1


def job_line(served: Served, job_id: str) -> str:
    """Return the one line about a job that the log holds, or soon does."""
    deadline = time.monotonic() + 5
    while not served.job_lines(job_id):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)  # for a second one
    (line,) = served.job_lines(job_id)
    return line


def test_finished_job_has_one_line_with_its_result_masked(served: Served) -> None:
    """The job's line joins it to its request and shows the result without its values."""
    payload = {"name": "Test User", "email": SECRET}
    job_id = submit(served.queue, transform, payload)
    served.queue.wait(job_id, timeout_s=10)

    line = job_line(served, job_id)

    for part in ("request_id=r-1", "caller=ann", "task=transform", "status=finished", "Test User"):
        assert part in line
    assert "duration_ms=" in line
    assert SECRET not in line


def test_result_is_masked_as_the_countries_of_the_installation_ask_for(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """What is a phone number there alone is not shown either; another number is."""
    served = Served(queue=queue_on(own_redis), server=own_redis, home=tmp_path)
    with worker(*OURS, server=own_redis, home=tmp_path, DETECT_REGIONS="PL"):
        job_id = submit(served.queue, echo, {"note": ["601 234 567", "701 234 567 8"]})
        served.queue.wait(job_id, timeout_s=10)

        line = job_line(served, job_id)

    assert "601 234" not in line
    assert "701 234 567 8" in line


def test_long_result_is_shortened_in_the_log(served: Served) -> None:
    """A result of a megabyte does not make a line of a megabyte."""
    job_id = submit(served.queue, echo, ["x" * 1000] * 1000)
    served.queue.wait(job_id, timeout_s=10)

    assert len(job_line(served, job_id)) < 2000


def test_result_that_cannot_be_masked_does_not_fail_its_job(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """The log line of a job never changes how the job ended, even if a recognizer breaks."""
    package = tmp_path / "packages" / "broken-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (package / "entry_points.txt").write_text(
        "[piigate.recognizers]\nbroken = tests.tasks.broken_recognizer\n"
    )
    served = Served(queue=queue_on(own_redis), server=own_redis, home=tmp_path)
    with worker(*OURS, server=own_redis, home=tmp_path):
        job_id = submit(served.queue, echo, "break the recognizer")

        assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FINISHED
        assert "not shown: RuntimeError" in job_line(served, job_id)


def test_job_that_is_tried_again_has_one_line_at_its_end(served: Served) -> None:
    """A failure that leads to another try is no end, and no line."""
    job_id = forge(served, "tests.tasks.odd_tasks.fail", SECRET, retry=rq.Retry(max=2))

    assert served.queue.wait(job_id, timeout_s=10).status is JobStatus.FAILED
    assert "status=failed" in job_line(served, job_id)


@pytest.mark.parametrize(
    ("function", "payload", "parts"),
    [
        (odd_tasks.fail, SECRET, ["status=failed", "builtins.ValueError"]),
        (odd_tasks.leave, SECRET, ["status=failed", "builtins.SystemExit"]),
        (odd_tasks.overrun, SECRET, ["status=timed-out", "JobTimeoutException"]),
        (odd_tasks.return_not_json, "object", ["status=failed", "tasks.errors.NotJson"]),
        (odd_tasks.die, "signal", ["status=failed", "Work-horse terminated"]),
        (odd_tasks.die, "exit", ["status=failed", "Work-horse terminated"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_failed_job_has_one_line_and_tells_no_value(
    served: Served, function: Any, payload: str, parts: list[str]
) -> None:
    """However a job fails, one line says so by type, and neither it nor Redis quotes a value."""
    job_id = submit(served.queue, function, payload)
    served.queue.wait(job_id, timeout_s=10)

    line = job_line(served, job_id)

    for part in ("request_id=r-1", "caller=ann", *parts):
        assert part in line
    assert SECRET not in line
    with served.server.client() as client:
        ((_, result),) = client.xrange(f"rq:results:{job_id}")
        stored = client.hgetall(f"rq:job:{job_id}")
    failure = zlib.decompress(b64decode(result[b"exc_string"])).decode()
    assert SECRET not in failure
    assert b"exc_info" not in stored


def test_failure_says_where_it_was_raised(served: Served) -> None:
    """The stored failure holds the exception's type and frames down to the task's line."""
    job_id = submit(served.queue, odd_tasks.fail, SECRET)
    served.queue.wait(job_id, timeout_s=10)

    job = Job.fetch(job_id, connection=served.server.client(), serializer=Serializer)
    result = job.latest_result()

    assert result
    first, *frames = (result.exc_string or "").splitlines()
    assert first == "builtins.ValueError"
    assert "odd_tasks.py:" in frames[-1]
    assert frames[-1].endswith(" in fail")


def test_worker_says_nothing_of_values_anywhere(served: Served) -> None:
    """What a worker prints and logs holds none of the values that passed through it."""
    for function in (echo, odd_tasks.fail, odd_tasks.leave):
        served.queue.wait(submit(served.queue, function, {"mail": SECRET}), timeout_s=10)

    assert SECRET not in (served.home / "worker.out").read_text()
    assert SECRET not in (served.home / "logs" / "app.log").read_text()


def test_failed_job_expires_by_the_settings(served: Served) -> None:
    """A failed job leaves Redis within the hour, not RQ's year."""
    job_id = submit(served.queue, odd_tasks.fail, 1)
    served.queue.wait(job_id, timeout_s=10)

    with served.server.client() as client:
        assert 3500 < client.ttl(f"rq:job:{job_id}") <= 3600
        assert 3500 < client.ttl(f"rq:results:{job_id}") <= 3600


def test_finished_job_expires_by_the_settings(served: Served) -> None:
    """A result leaves Redis within ten minutes."""
    job_id = submit(served.queue, echo, 1)
    served.queue.wait(job_id, timeout_s=10)

    with served.server.client() as client:
        assert 500 < client.ttl(f"rq:job:{job_id}") <= 600
        assert 500 < client.ttl(f"rq:results:{job_id}") <= 600


def test_sigterm_lets_the_running_job_finish(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A worker that is asked to stop finishes its job first, takes no other, and ends well."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        running = submit(queue, odd_tasks.touch, str(trace))
        left = submit(queue, echo, 1)
        while not trace.exists():
            time.sleep(0.02)

        process.terminate()

        assert queue.wait(running, timeout_s=10).status is JobStatus.FINISHED
        assert process.wait(timeout=5) == 0
    assert trace.read_text() == "done"
    assert queue.fetch(left).status is JobStatus.QUEUED


def test_worker_outlives_a_restart_of_redis(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Redis goes and comes back: the job that ran meanwhile ends well, and so do those after it."""
    queue = queue_on(own_redis)
    trace = tmp_path / "trace"
    with worker(*OURS, server=own_redis, home=tmp_path) as process:
        running = submit(queue, odd_tasks.touch, str(trace))
        while not trace.exists():
            time.sleep(0.02)
        time.sleep(1.1)  # The append-only file is written once a second.
        own_redis.stop()
        time.sleep(1)
        own_redis.start()

        assert queue.wait(running, timeout_s=10).status is JobStatus.FINISHED
        own_redis.stop()
        time.sleep(1)
        own_redis.start()
        assert queue.wait(submit(queue, echo, 1), timeout_s=15).result == 1
        assert process.poll() is None


def kill_worker_and_job(queue: RedisQueue, server: RedisProcess, home: Path) -> str:
    """Kill a worker and the process of its job, and return the job's id."""
    trace = home / "trace"
    with worker(*OURS, server=server, home=home) as process:
        job_id = submit(queue, odd_tasks.touch, str(trace))
        while not trace.exists():
            time.sleep(0.02)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.kill()
        for child in children:
            with suppress(ProcessLookupError):  # It dies with its worker.
                os.kill(int(child), signal.SIGKILL)
    return job_id


def test_job_of_a_worker_that_is_gone_fails_soon(own_redis: RedisProcess, tmp_path: Path) -> None:
    """A job that died with its worker counts as lost within half a minute, and wakes its waiter."""
    queue = queue_on(own_redis)
    job_id = kill_worker_and_job(queue, own_redis, tmp_path)
    with own_redis.client() as client:
        ((entry, expiry),) = client.zrange("rq:wip:default", 0, -1, withscores=True)
        assert expiry - time.time() <= 26
        client.zadd("rq:wip:default", {entry: time.time() - 1})

    with worker(*OURS, server=own_redis, home=tmp_path):
        state = queue.wait(job_id, timeout_s=5)

    assert state.status is JobStatus.FAILED
    served = Served(queue=queue, server=own_redis, home=tmp_path)
    assert "AbandonedJobError" in job_line(served, job_id)


def test_idle_worker_looks_after_lost_jobs_every_ten_seconds(
    own_redis: RedisProcess, tmp_path: Path
) -> None:
    """A worker that has nothing to do finds a lost job by itself."""
    queue = queue_on(own_redis)
    job_id = kill_worker_and_job(queue, own_redis, tmp_path)
    with worker(*OURS, server=own_redis, home=tmp_path), own_redis.client() as client:
        time.sleep(1)
        ((entry, _),) = client.zrange("rq:wip:default", 0, -1, withscores=True)
        client.zadd("rq:wip:default", {entry: time.time() - 1})

        assert queue.wait(job_id, timeout_s=14).status is JobStatus.FAILED


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
    done = subprocess.run(
        [RQ, "worker", *OURS],
        cwd=ROOT,
        env=environment(own_redis, tmp_path) | {"JOB_TIMEOUT": "soon"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert "JOB_TIMEOUT" in done.stderr
    assert "Traceback" not in done.stderr
