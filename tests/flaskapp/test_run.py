"""The way of a request, from the payload to the answer."""

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from alerting.finding import JsonValue
from alerting.pseudonym import allow_digest
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.errors import JobNotFound, NotSubmitted, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.conftest import MANY_DISGUISES, Auth, LogLines

CONTACT = {"name": "Test User", "email": "test@example.com", "phone": "+380961234567"}


class EndingQueue(InMemoryQueue):
    """A queue whose jobs are, when somebody waits for them, as the test says."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__()
        self.status = status

    def wait(self, job_id: str, **_how: Any) -> JobState:
        """Return the job in the state of the test."""
        return JobState(id=job_id, task="echo", caller="alice", request_id="1", status=self.status)


class LostQueue(InMemoryQueue):
    """A queue that takes jobs and is then out of reach, or has lost them."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def wait(self, job_id: str, **_how: Any) -> JobState:
        """Raise the error of the test."""
        raise self.error


class ClosedQueue(InMemoryQueue):
    """A queue out of reach."""

    def submit(self, task: Task, payload: JsonValue, **_how: Any) -> str:
        """Refuse the job."""
        raise QueueUnavailable


def client_on(settings: WebSettings, queue: InMemoryQueue) -> FlaskClient:
    """Return a client of a gateway on another queue."""
    return create_app(settings, queue=queue).test_client()


def reports(settings: WebSettings) -> list[Path]:
    """Return the reports that were written."""
    return sorted(settings.error_reports.glob("alert_*.txt"))


def test_a_bare_post_is_an_empty_object(client: FlaskClient, auth: Auth) -> None:
    """No body needs no content type and finds nothing."""
    answer = client.post("/run", headers=auth())
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["result"] == {}
    assert body["findings"] == []
    assert body["alert_id"] is None
    assert list(body) == ["job_id", "task", "status", "result", "findings", "alert_id"]


def test_a_payload_that_cannot_be_scanned_to_its_end_is_refused(
    client: FlaskClient, auth: Auth, settings: WebSettings, log_lines: LogLines
) -> None:
    """Nothing is recorded and no job runs, and the problem says what to do."""
    answer = client.post("/run", json=[MANY_DISGUISES, "a@example.com"], headers=auth())
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/docs#problem-scan-partial"
    assert reports(settings) == []
    assert "email" in log_lines()[-1]
    assert "scan=partial reason=scan-partial" in log_lines()[-1]


def test_a_setting_lets_partly_scanned_payloads_pass(settings: WebSettings, auth: Auth) -> None:
    """The job runs with an alert of what was found, and the answer says that there may be more."""
    passing = settings.model_copy(update={"scan_failure": "open"})
    client = client_on(passing, InMemoryQueue())
    body = client.post("/run/echo", json=[MANY_DISGUISES, "a@b.ua"], headers=auth()).get_json()
    assert (body["status"], body["scan"]) == ("finished", "partial")
    assert [one["pointer"] for one in body["findings"]] == ["/1"]
    assert len(reports(settings)) == 1


def test_contacts_are_found_reported_and_run(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """Personal data is answered by place, reported in full, and the result comes back."""
    answer = client.post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["task"], body["status"], body["result"]) == ("transform", "finished", CONTACT)
    assert [(one["kind"], one["pointer"]) for one in body["findings"]] == [
        ("email", "/email"),
        ("phone", "/phone"),
    ]
    assert set(body["findings"][0]) == {"kind", "pointer", "start", "end", "confidence"}
    [report] = reports(settings)
    lines = report.read_text("utf-8").splitlines()
    assert lines[0] == "ALERT TYPE: email and phone"
    assert lines[2] == f"DATA: {CONTACT!r}"
    assert len(body["alert_id"]) == 32


def test_personal_data_in_a_name_is_said_to_be_there(client: FlaskClient, auth: Auth) -> None:
    """A finding in a member's name says so, and its pointer hides the name."""
    answer = client.post("/run/echo", json={"test@example.com": 1}, headers=auth())
    [finding] = answer.get_json()["findings"]
    assert finding["in_key"] is True
    assert "test@example.com" not in finding["pointer"]


@pytest.mark.parametrize(
    "payload", [None, 0, "text", [], {}, True, ["é", {"k": [1.5, None]}], "їжак", {"b": 1, "a": 2}]
)
def test_any_json_value_is_run(client: FlaskClient, auth: Auth, payload: JsonValue) -> None:
    """A payload need not be an object; it comes back as it was, members in their order."""
    answer = client.post(
        "/run/echo",
        data=json.dumps(payload),
        content_type="application/json",
        headers=auth(),
    )
    assert answer.status_code == 200
    assert json.dumps(answer.get_json()["result"]) == json.dumps(payload)


@pytest.mark.parametrize(
    "media", ["application/json", "application/JSON; charset=UTF-8", "application/geo+json"]
)
def test_json_media_types_are_taken(client: FlaskClient, auth: Auth, media: str) -> None:
    """JSON goes by several names."""
    answer = client.post("/run/echo", data=b"[1]", content_type=media, headers=auth())
    assert answer.get_json()["result"] == [1]


def test_a_chunked_body_is_read(client: FlaskClient, auth: Auth) -> None:
    """A body without a length is read to its end."""
    answer = client.post(
        "/run/echo",
        input_stream=io.BytesIO(b"[1, 2]"),
        content_type="application/json",
        headers=auth() | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.get_json()["result"] == [1, 2]


def test_an_async_request_is_accepted_and_found_again(client: FlaskClient, auth: Auth) -> None:
    """Who does not wait gets the job's address, findings included, and the result from there."""
    answer = client.post("/run/echo", json=CONTACT, headers=auth() | {"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    body = answer.get_json()
    assert list(body) == ["job_id", "task", "status", "findings", "alert_id"]
    assert body["status"] == "queued"
    assert len(body["findings"]) == 2
    assert answer.headers["Location"] == f"/jobs/{body['job_id']}"
    later = client.get(f"{answer.headers['Location']}?wait=5", headers=auth())
    assert later.get_json()["result"] == CONTACT


def test_a_preferred_wait_is_applied(client: FlaskClient, auth: Auth) -> None:
    """The preference is named in the answer, with the limit that it met."""
    answer = client.post("/run", headers=auth() | {"Prefer": "wait=3600"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=10"


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.STARTED])
def test_a_wait_that_ends_first_is_accepted(
    settings: WebSettings, auth: Auth, status: JobStatus
) -> None:
    """A job that is not over yet is answered with its address."""
    answer = client_on(settings, EndingQueue(status)).post("/run/echo", headers=auth())
    assert answer.status_code == 202
    assert answer.get_json()["status"] == status.value
    assert answer.headers["Location"] == f"/jobs/{answer.get_json()['job_id']}"


@pytest.mark.parametrize(
    ("status", "code", "slug"),
    [
        (JobStatus.FAILED, 500, "task-failed"),
        (JobStatus.TIMED_OUT, 504, "task-timeout"),
        (JobStatus.CANCELED, 409, "job-canceled"),
    ],
)
def test_a_job_that_ends_badly_is_a_problem_with_its_ids(
    settings: WebSettings, auth: Auth, status: JobStatus, code: int, slug: str
) -> None:
    """The problem names the job and the alert, so that both can be found."""
    answer = client_on(settings, EndingQueue(status)).post(
        "/run/echo", json=CONTACT, headers=auth()
    )
    assert answer.status_code == code
    problem = answer.get_json()
    assert problem["type"] == f"/docs#problem-{slug}"
    assert problem["job_id"]
    assert problem["alert_id"]


def test_losing_sight_of_the_queue_does_not_lose_the_job(settings: WebSettings, auth: Auth) -> None:
    """A job that was accepted stays accepted when the queue goes away."""
    answer = client_on(settings, LostQueue(QueueUnavailable)).post("/run/echo", headers=auth())
    assert answer.status_code == 202
    assert answer.headers["Location"]


def test_a_job_that_vanishes_is_canceled(settings: WebSettings, auth: Auth) -> None:
    """A job deleted while somebody waits ends the wait."""
    answer = client_on(settings, LostQueue(JobNotFound)).post("/run/echo", headers=auth())
    assert answer.status_code == 409
    assert answer.get_json()["job_id"]


@pytest.mark.parametrize("queue", [ClosedQueue(), LostQueue(NotSubmitted)])
def test_a_queue_out_of_reach_is_a_problem_that_names_the_alert(
    settings: WebSettings, auth: Auth, queue: InMemoryQueue
) -> None:
    """The alert stands although the job was not accepted, and the client learns its id."""
    answer = client_on(settings, queue).post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    problem = answer.get_json()
    assert problem["type"] == "/docs#problem-queue-unavailable"
    assert problem["alert_id"]
    assert "job_id" not in problem
    assert len(reports(settings)) == 1


def unwritable(settings: WebSettings) -> None:
    """Put a file where the folder of the reports was."""
    settings.error_reports.rmdir()
    settings.error_reports.write_text("")


def test_an_alert_that_cannot_be_recorded_stops_the_payload(
    app: Flask, auth: Auth, settings: WebSettings
) -> None:
    """Without its alert the job does not run, and the client may try again."""
    unwritable(settings)
    answer = app.test_client().post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/docs#problem-alert-not-recorded"
    assert "job_id" not in answer.get_json()
    assert int(answer.headers["Retry-After"]) > 0


def test_a_payload_without_findings_needs_no_alert(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """Only personal data depends on the reports."""
    unwritable(settings)
    assert client.post("/run", json={"a": 1}, headers=auth()).status_code == 200


def test_open_failure_runs_the_payload_and_logs_an_error(
    settings: WebSettings, auth: Auth, log_lines: LogLines
) -> None:
    """`ALERT_FAILURE=open` prefers the result; the line of the request is then an error."""
    unwritable(settings)
    opened = settings.model_copy(update={"alert_failure": "open"})
    answer = client_on(opened, InMemoryQueue()).post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 200
    assert answer.get_json()["alert_id"] is None
    assert len(answer.get_json()["findings"]) == 2
    [line] = [line for line in log_lines() if " request " in line]
    assert logging.getLevelName(logging.ERROR) in line
    assert "reason=alert-not-recorded" in line


def test_a_failing_task_is_answered_without_its_words(
    settings: WebSettings, auth: Auth, log_lines: LogLines
) -> None:
    """Neither the message nor the traceback of the task's error reaches anybody."""
    answer = client_on(settings, EndingQueue(JobStatus.FAILED)).post("/run", headers=auth())
    assert "Traceback" not in answer.text
    assert not any("Traceback" in line for line in log_lines())


def test_a_payload_in_which_all_is_allowed_raises_no_alert(
    settings: WebSettings, auth: Auth
) -> None:
    """A kind, a place and a value, each allowed in its own way, leave nothing to report."""
    key = "a key that is for tests only, no. 1"
    allowed = settings.model_copy(
        update={
            "pseudonym_key": SecretStr(key),
            "allow_kinds": ("ip",),
            "allow_pointers": ("/email",),
            "allow_values": (allow_digest(key, "phone", "096 123 45 67"),),
        }
    )
    client = client_on(allowed, InMemoryQueue())
    answer = client.post("/run/echo", json=CONTACT | {"host": "192.0.2.7"}, headers=auth())
    assert answer.status_code == 200
    assert (answer.get_json()["findings"], answer.get_json()["alert_id"]) == ([], None)
    assert reports(settings) == []


def test_what_is_not_allowed_alone_is_reported(settings: WebSettings, auth: Auth) -> None:
    """The alert is about the rest, and its report holds the payload as it came."""
    allowed = settings.model_copy(update={"detect_kinds": ("phone", "ip")})
    answer = client_on(allowed, InMemoryQueue()).post("/run", json=CONTACT, headers=auth())
    assert [one["kind"] for one in answer.get_json()["findings"]] == ["phone"]
    [report] = reports(settings)
    assert report.read_text("utf-8").splitlines()[0] == "ALERT TYPE: phone"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("redact", {"to": "<EMAIL_1>", "n": 1}),
        ("mask", {"to": "a***@e***.com", "n": 1}),
    ],
)
def test_redaction_tasks_replace_what_is_found(
    client: FlaskClient, auth: Auth, name: str, result: JsonValue
) -> None:
    """The findings of the answer are the values that the result lacks."""
    payload = {"to": "ann@example.com", "n": 1}
    answer = client.post(f"/run/{name}", json=payload, headers=auth())
    assert answer.get_json()["result"] == result
    assert [one["pointer"] for one in answer.get_json()["findings"]] == ["/to"]


class RememberingQueue(InMemoryQueue):
    """A queue that remembers where its jobs went."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[str] = []

    def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
        """Remember the queue and start the job."""
        self.used.append(task.queue)
        return super().submit(task, payload, **how)


@pytest.mark.parametrize("name", ["carol", "root"])
def test_a_caller_with_the_scope_chooses_the_queue(
    settings: WebSettings, auth: Auth, name: str
) -> None:
    """A queue of the settings and one of a task are taken; without a choice the task decides."""
    queue = RememberingQueue()
    client = client_on(settings.model_copy(update={"queues": ("high",)}), queue)
    for path in ("/run?queue=high", "/run/echo?queue=high", "/run?queue=default", "/run"):
        assert client.post(path, headers=auth(name)).status_code == 200
    assert queue.used == ["high", "high", "default", "default"]


def test_the_choice_of_a_queue_needs_its_scope(client: FlaskClient, auth: Auth) -> None:
    """Who may only run payloads is told which scope is missing."""
    answer = client.post("/run?queue=default", headers=auth("alice"))
    assert answer.status_code == 403
    assert answer.get_json()["detail"] == "Use a token with the scope `queues` or `admin`."


@pytest.mark.parametrize("queue", ["", "x@example.com", "DEFAULT", "default,high"])
def test_an_unknown_queue_is_refused(client: FlaskClient, auth: Auth, queue: str) -> None:
    """The detail lists the queues and does not repeat what was asked for."""
    answer = client.post("/run", query_string={"queue": queue}, headers=auth("carol"))
    assert answer.status_code == 422
    assert answer.get_json()["detail"] == "`queue` takes one of: default."


def test_a_job_that_does_not_start_in_time_is_a_problem(settings: WebSettings, auth: Auth) -> None:
    """`?ttl=` bounds how long a payload may be queued; who waits hears when it is over."""
    client = create_app(settings, queue=InMemoryQueue(unserved={"default"})).test_client()

    answer = client.post("/run/echo?ttl=0.2", headers=auth())

    assert (answer.status_code, answer.get_json()["type"]) == (504, "/docs#problem-deadline-passed")
    job = client.get(f"/jobs/{answer.get_json()['job_id']}", headers=auth()).get_json()
    assert job["status"] == "expired"


@pytest.mark.parametrize("ttl", ["0", "-1", "3601", "soon", "", "nan"])
def test_a_ttl_is_seconds_within_the_setting(client: FlaskClient, auth: Auth, ttl: str) -> None:
    """What is no length of time, or longer than `JOB_TTL`, is refused."""
    answer = client.post(f"/run/echo?ttl={ttl}", headers=auth())

    assert (answer.status_code, answer.get_json()["type"]) == (
        422,
        "/docs#problem-invalid-parameter",
    )
