"""Coming back for a result."""

import threading
import time
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from alerting.finding import JsonValue
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.job_state import JobState, JobStatus
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.conftest import Auth

IDLE = Task(name="idle", function=lambda payload: payload, queue="idle", timeout_s=None)


@pytest.fixture
def job(client: FlaskClient, auth: Auth) -> str:
    """Return the address of a job of alice that has finished."""
    answer = client.post("/run/echo", json={"a": 1}, headers=auth("alice"))
    return f"/jobs/{answer.get_json()['job_id']}"


def test_the_caller_sees_the_job(client: FlaskClient, auth: Auth, job: str) -> None:
    """Who submitted a job finds its result."""
    answer = client.get(job, headers=auth("alice"))
    assert answer.status_code == 200
    assert answer.get_json() == {
        "job_id": job.removeprefix("/jobs/"),
        "task": "echo",
        "status": "finished",
        "result": {"a": 1},
    }


def test_an_administrator_sees_every_job(client: FlaskClient, auth: Auth, job: str) -> None:
    """The scope `admin` looks over all callers."""
    assert client.get(job, headers=auth("root")).status_code == 200


def test_others_cannot_tell_that_there_is_a_job(client: FlaskClient, auth: Auth, job: str) -> None:
    """Another caller's job is answered like one that does not exist."""
    theirs = client.get(job, headers=auth("bob"))
    nobodys = client.get("/jobs/00000000-0000-4000-8000-000000000000", headers=auth("bob"))
    assert theirs.status_code == nobodys.status_code == 404
    unlike = {"request_id": None}
    assert theirs.get_json() | unlike == nobodys.get_json() | unlike


def test_the_scope_is_needed(client: FlaskClient, auth: Auth, job: str) -> None:
    """A token for alerts opens no jobs."""
    assert client.get(job, headers=auth("reviewer")).status_code == 403


def test_a_wait_for_a_job_that_is_over_ends_at_once(
    client: FlaskClient, auth: Auth, job: str
) -> None:
    """Waiting is for jobs that are not over."""
    assert client.get(f"{job}?wait=10", headers=auth()).get_json()["status"] == "finished"


def test_a_wait_lasts_until_the_job_is_over(settings: WebSettings, auth: Auth) -> None:
    """Who waits for a running job gets its result, who does not is told that it runs."""
    may_end = threading.Event()

    def patient(payload: JsonValue) -> JsonValue:
        may_end.wait(10)
        return payload

    queue = InMemoryQueue()
    task = Task(name="patient", function=patient, queue="default", timeout_s=None)
    job_id = queue.submit(task, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    early = client.get(f"/jobs/{job_id}?wait=0", headers=auth()).get_json()
    threading.Timer(0.1, may_end.set).start()
    late = client.get(f"/jobs/{job_id}?wait=10", headers=auth()).get_json()
    assert early == {"job_id": job_id, "task": "patient", "status": JobStatus.STARTED}
    assert late == {"job_id": job_id, "task": "patient", "status": "finished", "result": 1}


@pytest.mark.parametrize(
    "wait", ["", "-1", "1.", "x", "11", "10.5", "inf", "nan", "1e1", "٣", "9" * 5000, " 1"]
)
def test_a_bad_wait_is_refused(client: FlaskClient, auth: Auth, job: str, wait: str) -> None:
    """The detail says what can be asked for."""
    answer = client.get(job, query_string={"wait": wait}, headers=auth())
    assert answer.status_code == 422
    assert answer.get_json()["detail"] == "`wait` takes seconds from 0 to 10."


def test_a_wait_may_be_a_fraction_of_a_second(settings: WebSettings, auth: Auth) -> None:
    """A wait ends in time, and the job is answered as it is."""
    queue = InMemoryQueue(unserved={"idle"})
    job_id = queue.submit(IDLE, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    begin = time.monotonic()
    answer = client.get(f"/jobs/{job_id}?wait=0.25", headers=auth())
    assert 0.2 < time.monotonic() - begin < 1
    assert answer.get_json()["status"] == "queued"


def test_a_queued_job_is_canceled(settings: WebSettings, auth: Auth) -> None:
    """A job that is canceled says so, and saying it again changes nothing."""
    queue = InMemoryQueue(unserved={"idle"})
    job_id = queue.submit(IDLE, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    for _ in range(2):
        answer = client.delete(f"/jobs/{job_id}", headers=auth())
        assert answer.status_code == 200
        assert answer.get_json() == {"job_id": job_id, "task": "idle", "status": "canceled"}


def test_an_administrator_cancels_every_job(settings: WebSettings, auth: Auth) -> None:
    """The scope `admin` ends jobs of all callers."""
    queue = InMemoryQueue(unserved={"idle"})
    job_id = queue.submit(IDLE, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    assert client.delete(f"/jobs/{job_id}", headers=auth("root")).status_code == 200


def test_nobody_else_cancels_a_job(settings: WebSettings, auth: Auth) -> None:
    """Another caller is told that there is no such job, which goes on."""
    queue = InMemoryQueue(unserved={"idle"})
    job_id = queue.submit(IDLE, 1, caller="alice", request_id="1")
    client = create_app(settings, queue=queue).test_client()
    assert client.delete(f"/jobs/{job_id}", headers=auth("bob")).status_code == 404
    assert client.delete(f"/jobs/{job_id}", headers=auth("reviewer")).status_code == 403
    assert queue.fetch(job_id).status is JobStatus.QUEUED


def test_a_job_that_has_ended_is_not_canceled(client: FlaskClient, auth: Auth, job: str) -> None:
    """The problem names the status, and the result stays."""
    answer = client.delete(job, headers=auth())
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/docs#problem-job-ended"
    assert answer.get_json()["detail"] == "The job's status is `finished`."
    assert client.get(job, headers=auth()).get_json()["result"] == {"a": 1}


class StubbornQueue(InMemoryQueue):
    """A queue whose running jobs take long to stop."""

    def cancel(self, job_id: str) -> JobState:
        """Return the job as it still runs."""
        return replace(self.fetch(job_id), status=JobStatus.STARTED)


def test_a_job_that_stops_slowly_is_said_to(settings: WebSettings, auth: Auth) -> None:
    """The answer is 202 as long as the job runs."""
    queue = StubbornQueue(unserved={"idle"})
    job_id = queue.submit(IDLE, 1, caller="alice", request_id="1")
    answer = (
        create_app(settings, queue=queue).test_client().delete(f"/jobs/{job_id}", headers=auth())
    )
    assert answer.status_code == 202
    assert answer.get_json()["status"] == "started"
