"""Tasks that do what tasks should not; workers of the tests find them as a plug-in."""

import os
import signal
import time
from pathlib import Path

from rq import Queue, Retry, get_current_job

from alerting.finding import JsonValue
from tasks import progress, task
from tasks.job import Job
from tasks.serializer import Serializer

SECRET = "canary.person@example.com"

_CYCLE: list[JsonValue] = []
_CYCLE.append(_CYCLE)
_NOT_JSON: dict[JsonValue, object] = {
    "number": float("nan"),
    "infinite": float("-inf"),
    "key": {1: "one"},
    "inner key": [{"a": {None: 1}}],
    "surrogate": "\ud800",
    "object": object(),
    "bytes": b"x",
    "set": {1},
    "cycle": _CYCLE,
}
NOT_JSON = tuple(str(name) for name in _NOT_JSON)


@task()
def fail(payload: JsonValue) -> JsonValue:
    """Raise an exception whose message quotes the payload."""
    raise ValueError(payload)


@task()
def leave(payload: JsonValue) -> JsonValue:
    """Ask the interpreter to end."""
    raise SystemExit(payload)


@task(timeout_s=1)
def overrun(payload: JsonValue) -> JsonValue:
    """Sleep beyond the timeout while an exception is being handled."""
    try:
        raise ValueError(payload)
    except ValueError:
        time.sleep(30)
    return payload


@task()
def die(payload: JsonValue) -> JsonValue:
    """End the process: by a signal, or by an exit status."""
    if payload == "signal":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(3)


@task()
def return_not_json(payload: JsonValue) -> JsonValue:
    """Return something that is not JSON."""
    return _NOT_JSON[payload]  # type: ignore[return-value] # wrong on purpose


@task()
def sleep(payload: JsonValue) -> JsonValue:
    """Sleep as many seconds as the payload says."""
    assert isinstance(payload, float | int)
    time.sleep(payload)
    return payload


@task()
def touch(payload: JsonValue) -> JsonValue:
    """Create the file, sleep two seconds and write to it: work that a test can see."""
    path = Path(str(payload))
    path.touch()
    time.sleep(2)
    path.write_text("done")
    return None


@task()
def count(payload: JsonValue) -> JsonValue:
    """Count to the number in steps of 0.4 seconds, and say so."""
    assert isinstance(payload, int)
    for done in range(payload + 1):
        progress(done, payload)
        time.sleep(0.4)
    return payload


@task(timeout_s=1)
def hang(payload: JsonValue) -> JsonValue:
    """Wait in C code that no exception ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)
    return payload


@task()
def process_id(payload: JsonValue) -> JsonValue:
    """Return the id of the process that runs the job."""
    return os.getpid()


@task(idempotent=True)
def touch_again(payload: JsonValue) -> JsonValue:
    """Write a line to the file, sleep two seconds and write another; it may run twice."""
    path = Path(str(payload))
    with path.open("a") as file:
        file.write("begun\n")
    time.sleep(2)
    with path.open("a") as file:
        file.write("done\n")
    return None


@task()
def try_again(payload: JsonValue) -> JsonValue:
    """Return RQ's wish to be run again, as often as the payload says."""
    assert isinstance(payload, int)
    return Retry(max=payload)  # type: ignore[return-value] # RQ's own protocol


@task(idempotent=True)
def linger(payload: JsonValue) -> JsonValue:
    """Create the file and run for as long as a test may take; it may run twice."""
    Path(str(payload)).touch()
    time.sleep(30)
    return None


@task()
def obey(payload: JsonValue) -> JsonValue:
    """Create the file and wait for a word in it; fail if that says so."""
    path = Path(str(payload))
    path.touch()
    while not (word := path.read_text()):
        time.sleep(0.02)
    if word == "fail":
        raise ValueError(word)
    return word


@task()
def describe_itself(payload: JsonValue) -> JsonValue:
    """Give its own job another description, as RQ lets a function do."""
    job = get_current_job()
    assert job
    job.description = f"described as {payload}"
    return payload


@task()
def forget_its_start(payload: JsonValue) -> JsonValue:
    """Leave its own job without the time at which it was started."""
    job = get_current_job()
    assert job
    job.started_at = None
    return payload


@task()
def be_awaited(payload: JsonValue) -> JsonValue:
    """Enqueue a job that waits for this one, and return its id."""
    job = get_current_job()
    assert job
    queue = Queue("default", connection=job.connection, job_class=Job, serializer=Serializer)
    return queue.enqueue_call("tasks.catalog.echo.echo", (payload,), depends_on=job.id).id
