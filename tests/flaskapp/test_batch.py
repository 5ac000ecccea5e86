"""Many payloads in one request."""

import json
import threading
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from alerting.finding import JsonValue
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.errors import QueueUnavailable
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.conftest import Auth, LogLines
from tests.flaskapp.reported import CONTACT, reports


def send(client: FlaskClient, headers: dict[str, str], *lines: str) -> TestResponse:
    """Send the lines as a batch to the task `echo`."""
    headers = {"Content-Type": "application/x-ndjson"} | headers
    return client.post("/run/echo", data="\n".join(lines).encode(), headers=headers)


def read(answer: TestResponse) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    assert answer.mimetype == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_each_line_has_its_result(client: FlaskClient, auth: Auth, settings: WebSettings) -> None:
    """A line is answered as it would have been alone, with its number, and in its order."""
    answer = send(client, auth(), json.dumps(CONTACT), "[1]", '"ї"')
    assert answer.status_code == 200
    first, second, third = read(answer)
    assert [one["line"] for one in (first, second, third)] == [1, 2, 3]
    assert [one["result"] for one in (first, second, third)] == [CONTACT, [1], "ї"]
    assert [one["kind"] for one in first["findings"]] == ["email", "phone"]
    assert (bool(first["alert_id"]), second["alert_id"]) == (True, None)
    assert set(second) == {"line", "job_id", "task", "status", "result", "findings", "alert_id"}
    assert len(reports(settings)) == 1


def test_a_line_that_is_refused_leaves_the_others_alone(client: FlaskClient, auth: Auth) -> None:
    """A line that is not JSON is answered with its problem, the rest with results."""
    lines = read(send(client, auth(), "1", "{", "NaN", '{"a":1,"a":2}', "2"))
    assert [one["status"] for one in lines] == ["finished", 400, 400, 422, "finished"]
    assert lines[1]["type"] == "/docs#problem-bad-json"
    assert [one["line"] for one in lines] == [1, 2, 3, 4, 5]


def test_blank_lines_are_counted_and_skipped(client: FlaskClient, auth: Auth) -> None:
    """A number names the line of the file that was sent."""
    lines = read(send(client, auth(), "1", "", "  ", "2\r", ""))
    assert [(one["line"], one["result"]) for one in lines] == [(1, 1), (4, 2)]


@pytest.mark.parametrize("body", ["", "\n \n", "1\n" * 4])
def test_a_batch_has_from_one_line_to_the_setting(
    settings: WebSettings, auth: Auth, body: str
) -> None:
    """Nothing at all and too much are refused as a whole."""
    few = settings.model_copy(update={"max_lines": 3})
    answer = send(create_app(few, queue=InMemoryQueue()).test_client(), auth(), body)
    assert answer.status_code == 422
    assert answer.get_json()["detail"] == "Send from 1 to 3 lines, one JSON value each."


def test_a_batch_that_is_too_large_is_refused(settings: WebSettings, auth: Auth) -> None:
    """The limit of a body holds for all its lines together."""
    small = settings.model_copy(update={"max_body_bytes": 100})
    client = create_app(small, queue=InMemoryQueue()).test_client()
    assert send(client, auth(), *("[1, 2, 3]" for _ in range(20))).status_code == 413


@pytest.mark.parametrize(
    "headers",
    [{"Content-Encoding": "gzip"}, {"Content-Type": "application/x-ndjson; charset=latin-1"}],
)
def test_a_batch_that_is_not_plain_utf_8_is_refused(
    client: FlaskClient, auth: Auth, headers: dict[str, str]
) -> None:
    """What holds for a payload holds for a batch."""
    assert send(client, auth() | headers, "1").status_code == 415


class PickyQueue(InMemoryQueue):
    """A queue that is out of reach when it is given the number 2, and fails the number 3."""

    def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
        """Submit the job, or do not."""
        if payload == 2:
            raise QueueUnavailable

        def fail(payload: JsonValue) -> JsonValue:
            raise ValueError(payload)

        failing = Task(name="echo", function=fail, queue="default", timeout_s=None)
        return super().submit(failing if payload == 3 else task, payload, **how)


def test_every_kind_of_failure_is_the_line_s_own(settings: WebSettings, auth: Auth) -> None:
    """A line that found no queue and one whose task failed say so; the latter has its job."""
    client = create_app(settings, queue=PickyQueue()).test_client()
    lines = read(send(client, auth(), "1", "2", "3", "4"))
    assert [one["status"] for one in lines] == ["finished", 503, 500, "finished"]
    assert "job_id" not in lines[1]
    assert client.get(f"/jobs/{lines[2]['job_id']}", headers=auth()).status_code == 200


def test_lines_run_at_the_same_time_and_are_written_as_they_end(
    settings: WebSettings, auth: Auth
) -> None:
    """The first result is there before the last job has ended."""
    may_end = threading.Event()

    class WaitingQueue(InMemoryQueue):
        def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
            def wait(payload: JsonValue) -> JsonValue:
                return payload if payload == 1 else [payload, may_end.wait(5)]

            waiting = Task(name="echo", function=wait, queue="default", timeout_s=None)
            return super().submit(waiting, payload, **how)

    client = create_app(settings, queue=WaitingQueue()).test_client()
    headers = {"Content-Type": "application/x-ndjson"} | auth()
    answer = client.post("/run/echo", data="1\n2\n3", headers=headers, buffered=False)
    lines = (json.loads(line) for line in answer.response)
    assert next(lines)["result"] == 1
    may_end.set()
    assert [line["result"] for line in lines] == [[2, True], [3, True]]


def test_all_lines_share_one_wait(settings: WebSettings, auth: Auth) -> None:
    """When the wait ends, the jobs that have not ended are answered as they are."""
    queue = InMemoryQueue(unserved={"default"})
    client = create_app(settings, queue=queue).test_client()
    begin = time.monotonic()
    answer = send(client, auth() | {"Prefer": "wait=0.3"}, "1", "2", "3")
    assert [one["status"] for one in read(answer)] == ["queued"] * 3
    assert time.monotonic() - begin < 1
    assert answer.headers["Preference-Applied"] == "wait=0.3"


def test_a_batch_that_is_sent_again_has_the_same_jobs(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """An idempotency key holds for every line of a batch; a line that differs is refused."""
    headers = auth() | {"Idempotency-Key": "k"}
    first = read(send(client, headers, json.dumps(CONTACT), "1", "1"))
    assert read(send(client, headers, json.dumps(CONTACT), "1", "1")) == first
    assert len({one["job_id"] for one in first}) == 3
    assert len(reports(settings)) == 1
    third = read(send(client, headers, json.dumps(CONTACT), "2", "1"))
    assert [one["status"] for one in third] == ["finished", 422, "finished"]


def test_a_batch_has_one_line_in_the_log(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """The request's line counts, and names no single job."""
    send(client, auth(), json.dumps(CONTACT), "{", "1")
    line = log_lines()[-1]
    assert "lines=3 refused=1" in line
    assert "email" in line
    assert "job_id" not in line
    assert "test@example.com" not in line
