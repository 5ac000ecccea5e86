"""A queue that is too long takes no more than can be done in time."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import Auth

PERSON = {"email": "test.user@example.com"}


class LongQueue(InMemoryQueue):
    """A queue in which jobs are expected to wait."""

    wait_s = 20.0

    def predicted_wait_s(self, queue: str) -> float:
        """Return the same for every queue but one."""
        return 0.0 if queue == "short" else self.wait_s


@pytest.fixture
def queue() -> LongQueue:
    """Return the queue, in place of the one that is never long."""
    return LongQueue()


def post(client: FlaskClient, auth: Auth, prefer: str = "", **options: Any) -> TestResponse:
    """Send a payload that holds personal data."""
    headers = auth(options.pop("caller", "alice")) | {"Prefer": prefer}
    headers |= options.pop("headers", {})
    options.setdefault("json", PERSON)
    return client.post(options.pop("path", "/run/echo"), headers=headers, **options)


def is_busy(answer: TestResponse) -> bool:
    """Return whether the queue was too long."""
    return answer.status_code == 503 and answer.get_json()["type"] == "/docs#problem-queue-busy"


@pytest.mark.parametrize(
    ("prefer", "retry_after"),
    [
        ("", "15"),  # the fixture's WAIT_TIMEOUT is 5 seconds
        ("wait=0.5", "20"),
        ("wait=9", "11"),
        ("respond-async", None),
        ("respond-async, wait=1", None),
        ("wait=0", None),
    ],
)
def test_caller_who_waits_for_less_is_refused(
    client: FlaskClient, auth: Auth, prefer: str, retry_after: str | None
) -> None:
    """The answer says when it may work; who takes the job's address for an answer is accepted."""
    answer = post(client, auth, prefer)

    assert is_busy(answer) is (retry_after is not None)
    if retry_after:
        assert answer.headers["Retry-After"] == retry_after


def test_refused_payload_leaves_nothing(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """Neither an alert is recorded nor a job made, and its idempotency key is free."""
    key = {"Idempotency-Key": "k-1"}
    refused = post(client, auth, headers=key)

    assert is_busy(refused)
    assert not {"job_id", "alert_id"} & set(refused.get_json())
    assert not list(Path(settings.error_reports).iterdir())
    accepted = post(client, auth, "respond-async, wait=5", headers=key)
    assert accepted.status_code == 200
    assert len(list(Path(settings.error_reports).iterdir())) == 1


def test_request_that_has_its_job_is_not_refused(
    client: FlaskClient, auth: Auth, queue: LongQueue
) -> None:
    """A long queue does not stand between a client and a job that it has already."""
    key = {"Idempotency-Key": "k-1"}
    queue.wait_s = 0
    first = post(client, auth, headers=key).get_json()
    queue.wait_s = 20

    assert post(client, auth, headers=key).get_json() == first


def test_setting_bounds_those_who_do_not_wait(settings: WebSettings, auth: Auth) -> None:
    """Beyond `MAX_QUEUE_WAIT` nobody is accepted."""
    bounded = settings.model_copy(update={"max_queue_wait": 19})
    client = create_app(bounded, queue=LongQueue()).test_client()

    answer = post(client, auth, "respond-async")

    assert is_busy(answer)
    assert answer.headers["Retry-After"] == "1"


def test_job_that_would_pass_its_deadline_is_refused(client: FlaskClient, auth: Auth) -> None:
    """There is no use in a job that will have expired."""
    assert is_busy(post(client, auth, "respond-async", path="/run/echo?ttl=12"))
    assert post(client, auth, "respond-async", path="/run/echo?ttl=21").status_code == 202


def test_another_queue_is_another_matter(settings: WebSettings, auth: Auth) -> None:
    """Each queue has a wait of its own."""
    client = create_app(
        settings.model_copy(update={"queues": ("short",)}), queue=LongQueue()
    ).test_client()

    assert is_busy(post(client, auth, caller="carol"))
    assert post(client, auth, caller="carol", path="/run/echo?queue=short").status_code == 200


def test_batch_is_refused_as_a_whole(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """None of its lines is accepted, so that it can be sent again as it is."""
    lines: dict[str, Any] = {"data": b'{"email":"a.b@example.com"}\n{}\n', "json": None}
    kind = {"Content-Type": "application/x-ndjson"}

    assert is_busy(post(client, auth, headers=kind, **lines))
    assert not list(Path(settings.error_reports).iterdir())
    assert post(client, auth, "respond-async", headers=kind, **lines).status_code == 200
