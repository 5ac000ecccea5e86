"""Following a job."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from alerting.finding import JsonValue
from flaskapp import create_app, events
from flaskapp.presence import IS_STOPPING
from flaskapp.settings import WebSettings
from tasks import progress
from tasks.errors import JobNotFound, QueueUnavailable
from tasks.job_state import JobState, JobStatus, Progress
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.conftest import Auth

JOB = JobState(id="1", task="echo", caller="alice", request_id="1", status=JobStatus.QUEUED)
IDLE = Task(name="idle", function=lambda payload: payload, queue="idle", timeout_s=None)


def read(text: str) -> list[tuple[str, Any]]:
    """Return the events of a stream as a browser understands them: name and data."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[0] != ":")
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def idle_job(queue: InMemoryQueue) -> str:
    """Submit a job that nothing runs and return the address of its events."""
    return f"/jobs/{queue.submit(IDLE, 1, caller='alice', request_id='1')}/events"


def test_a_stream_tells_a_job_to_its_end(settings: WebSettings, auth: Auth) -> None:
    """State, progress and end come in their order, the result with the end alone."""
    may_go_on = threading.Event()

    def count(payload: JsonValue) -> JsonValue:
        may_go_on.wait(5)
        progress(1, 2)
        return payload

    queue = InMemoryQueue()
    task = Task(name="count", function=count, queue="default", timeout_s=None)
    job_id = queue.submit(task, {"a": "ї\n"}, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    threading.Timer(0.3, may_go_on.set).start()
    answer = client.get(f"/jobs/{job_id}/events", headers=auth())
    about = {"job_id": job_id, "task": "count"}
    assert answer.status_code == 200
    assert answer.mimetype == "text/event-stream"
    told = read(answer.text)
    assert told[0] == ("state", {**about, "status": "started"})
    assert ("progress", {"done": 1, "total": 2}) in told
    assert told[-1] == ("end", {**about, "status": "finished", "result": {"a": "ї\n"}})
    assert "".join(answer.text).startswith("retry: 2000\n\n")


def test_a_job_that_has_ended_is_told_at_once(client: FlaskClient, auth: Auth) -> None:
    """The stream of such a job is its end; a browser that knows it does not come again."""
    job_id = client.post("/run/echo", json=1, headers=auth()).get_json()["job_id"]
    path = f"/jobs/{job_id}/events"
    assert [name for name, _ in read(client.get(path, headers=auth()).text)] == ["end"]
    for last, status in {"end": 204, "started": 200, "3/10": 200, "?": 200}.items():
        answer = client.get(path, headers=auth() | {"Last-Event-ID": last})
        assert answer.status_code == status


def test_only_the_caller_and_an_administrator_follow_a_job(client: FlaskClient, auth: Auth) -> None:
    """Others cannot tell that there is a job."""
    job_id = client.post("/run/echo", json=1, headers=auth()).get_json()["job_id"]
    statuses = {
        name: client.get(f"/jobs/{job_id}/events", headers=auth(name)).status_code
        for name in ("alice", "root", "bob", "reviewer")
    }
    assert statuses == {"alice": 200, "root": 200, "bob": 404, "reviewer": 403}


def test_the_number_of_streams_is_bounded(settings: WebSettings, auth: Auth) -> None:
    """One stream too many is refused with the time to come again; one that ends makes room."""
    queue = InMemoryQueue(unserved={"idle"})
    path = idle_job(queue)
    app = create_app(settings.model_copy(update={"event_streams": 2}), queue=queue)
    client = app.test_client()
    open_streams = [client.get(path, headers=auth(), buffered=False) for _ in range(2)]
    refused = client.get(path, headers=auth())
    assert refused.status_code == 503
    assert refused.get_json()["type"] == "/docs#problem-too-many-streams"
    assert refused.headers["Retry-After"] == "5"
    open_streams[0].close()
    assert client.get(path, headers=auth(), buffered=False).status_code == 200


def test_streams_leave_a_thread_for_others(settings: WebSettings, auth: Auth) -> None:
    """However many streams are allowed, one thread of a process has none."""
    queue = InMemoryQueue(unserved={"idle"})
    path = idle_job(queue)
    few = settings.model_copy(update={"event_streams": 100, "web_threads": 3})
    client = create_app(few, queue=queue).test_client()
    answers = [client.get(path, headers=auth(), buffered=False) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 503]


def test_a_stream_ends_with_the_longest_wait(settings: WebSettings, auth: Auth) -> None:
    """A stream ends although its job has not; whoever wants more comes again."""
    queue = InMemoryQueue(unserved={"idle"})
    path = idle_job(queue)
    client = create_app(settings.model_copy(update={"max_wait": 1}), queue=queue).test_client()
    told = read(client.get(path, headers=auth()).text)
    assert [name for name, _ in told] == ["state"]


def test_a_stream_ends_with_its_process(settings: WebSettings, auth: Auth) -> None:
    """A process that wants to stop does not wait for the jobs that are followed there."""
    queue = InMemoryQueue(unserved={"idle"})
    path = idle_job(queue)
    client = create_app(settings, queue=queue).test_client()
    environ: dict[str, Any] = {IS_STOPPING: lambda: True}
    told = read(client.get(path, headers=auth(), environ_overrides=environ).text)
    assert [name for name, _ in told] == ["state"]


class ShakyQueue(InMemoryQueue):
    """A queue that is out of reach once, and has then lost the job."""

    errors: Iterator[Exception]

    def wait_for_change(self, known: JobState, *, timeout_s: float) -> JobState:
        """Raise the next error."""
        raise next(self.errors)


def test_a_stream_outlives_an_outage_and_tells_of_a_deletion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Redis may come and go; a job that is gone is told as canceled."""
    monkeypatch.setattr(events, "_LOOK_AGAIN_S", 0.01)
    queue = ShakyQueue()
    queue.errors = iter([QueueUnavailable(), JobNotFound()])
    states = list(events.follow(queue, JOB, is_over=lambda: False))
    assert [state.status for state in states] == ["queued", "queued", "canceled"]


def test_a_quiet_stream_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing changes for long, a comment goes out; clients skip it."""
    monkeypatch.setattr(events, "HEARTBEAT_S", 0)
    texts = list(events.written(iter([JOB, JOB, JOB])))
    assert texts[2:] == [": heartbeat\n\n"] * 2
    monkeypatch.setattr(events, "HEARTBEAT_S", 15)
    assert len(list(events.written(iter([JOB, JOB, JOB])))) == 2


def test_nothing_is_told_twice() -> None:
    """A state that is known and progress that is known are not repeated."""
    started = replace(JOB, status=JobStatus.STARTED)
    further = replace(started, progress=Progress(done=1, total=3))
    failed = replace(further, status=JobStatus.FAILED)
    states = [JOB, started, started, further, further, failed]
    names = [name for name, _ in read("".join(events.written(iter(states))))]
    assert names == ["state", "state", "progress", "end"]


def test_a_job_shows_its_progress(settings: WebSettings, auth: Auth) -> None:
    """`GET /jobs/<id>` tells how far a job has come, until it has a result."""

    def count(payload: JsonValue) -> JsonValue:
        progress(1, 4)
        raise ValueError

    queue = InMemoryQueue()
    task = Task(name="count", function=count, queue="default", timeout_s=None)
    job_id = queue.submit(task, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    body = client.get(f"/jobs/{job_id}?wait=5", headers=auth()).get_json()
    assert (body["status"], body["progress"]) == ("failed", {"done": 1, "total": 4})
