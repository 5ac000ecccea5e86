"""Each job has one line in the log at its end, and neither it nor a failure tells a value."""

import time
import zlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import rq
from rq.registry import StartedJobRegistry

from alerting.log_format import FIELDS
from tasks.catalog.echo import echo
from tasks.catalog.transform import transform
from tasks.job import Job
from tasks.job_log import log_abandoned
from tasks.job_state import JobStatus
from tasks.serializer import Serializer
from tasks.stored_job import StoredJob
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import Served, queue_on
from tests.tasks.forgery import forge
from tests.tasks.taken_job import started
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_log import job_line
from tests.tasks.worker_process import OURS, worker

SECRET = odd_tasks.SECRET


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


def test_job_that_rq_gives_up_is_told_in_full(
    own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """The line of a job that RQ's maintenance fails has its task, caller and request."""
    job_id = submit(queue_on(own_redis), echo, 1)
    with own_redis.client() as client:
        started(client, job_id)
        StartedJobRegistry("default", client, StoredJob, serializer=Serializer).cleanup(
            time.time() + 3600, exception_handlers=[log_abandoned]
        )

    (line,) = [record for record in caplog.records if record.name == "tasks.worker"]
    fields = getattr(line, FIELDS)
    told = {name: fields[name] for name in ("request_id", "caller", "task", "status", "job_id")}
    assert told == {
        "request_id": "r-1",
        "caller": "ann",
        "task": "echo",
        "status": "failed",
        "job_id": job_id,
    }
