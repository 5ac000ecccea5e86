"""The queue that a caller chooses for a job, and how long it may wait there."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from alerting.finding import JsonValue
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.another_queue import client_on
from tests.flaskapp.conftest import Auth


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
