"""A worker runs registered tasks alone, whatever a stored job names."""

import zlib

import pytest
import rq

from tasks.catalog.echo import echo
from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.serializer import Serializer
from tests.tasks.conftest import Served
from tests.tasks.forgery import forge
from tests.tasks.test_queue_contract import submit


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
