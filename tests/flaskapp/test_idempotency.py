"""Requests that are sent more than once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from alerting.finding import JsonValue
from flaskapp import create_app
from flaskapp.idempotency import Fingerprints
from flaskapp.settings import WebSettings
from tasks.errors import QueueUnavailable
from tasks.memory import InMemoryQueue
from tasks.queue import open_queue
from tasks.registry import Task, discover
from tests.flaskapp.conftest import Auth, LogLines
from tests.flaskapp.reported import CONTACT, reports
from tests.redis_process import RedisProcess

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def send(
    client: FlaskClient, headers: dict[str, str], payload: Any = CONTACT, *, key: str = KEY
) -> TestResponse:
    """Send a payload with a key."""
    return client.post("/run/echo", json=payload, headers=headers | {"Idempotency-Key": key})


def test_a_request_that_is_sent_again_has_one_job_one_alert_and_one_answer(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """The second answer is the first one, and nothing else has happened."""
    first = send(client, auth())
    second = send(client, auth())
    assert first.status_code == second.status_code == 200
    assert first.get_json() == second.get_json()
    assert first.get_json()["alert_id"]
    assert len(reports(settings)) == 1


def test_without_a_key_every_request_has_its_own_job(client: FlaskClient, auth: Auth) -> None:
    """Nothing but the key makes two requests one."""
    ids = {client.post("/run", json=1, headers=auth()).get_json()["job_id"] for _ in range(2)}
    assert len(ids) == 2


def test_another_payload_needs_another_key(client: FlaskClient, auth: Auth) -> None:
    """A key that comes with another payload is refused, and quoted nowhere."""
    send(client, auth(), 1)
    answer = send(client, auth(), 2)
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/docs#problem-idempotency-key-reused"
    assert KEY not in answer.text
    assert send(client, auth(), 1).status_code == 200


def test_another_task_needs_another_key(client: FlaskClient, auth: Auth) -> None:
    """A key stands for payload and task."""
    send(client, auth(), 1)
    again = auth() | {"Idempotency-Key": KEY}
    assert client.post("/run/transform", json=1, headers=again).status_code == 422


def test_callers_do_not_share_keys(client: FlaskClient, auth: Auth) -> None:
    """The same key of another caller is another key."""
    alices = send(client, auth("alice"), 1).get_json()["job_id"]
    bobs = send(client, auth("bob"), 2)
    assert bobs.status_code == 200
    assert bobs.get_json()["job_id"] != alices


def test_white_space_of_the_body_does_not_matter(client: FlaskClient, auth: Auth) -> None:
    """What counts is the JSON that was sent, not its layout."""
    headers = auth() | {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    ids = {
        client.post("/run", data=body, headers=headers).get_json()["job_id"]
        for body in ('{"a":1}', '{ "a": 1 }\n')
    }
    assert len(ids) == 1


def test_a_key_may_stand_in_quotes(client: FlaskClient, auth: Auth) -> None:
    """The draft's form and the bare one are the same key."""
    ids = {send(client, auth(), 1, key=key).get_json()["job_id"] for key in (KEY, f'"{KEY}"')}
    assert len(ids) == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        '""',
        '"',
        '"a',
        "a,b",
        "a b",
        "a;b",
        "é",
        '"é"',
        "a" * 256,
        '"' + "a" * 256 + '"',
        '"a" "b"',
    ],
)
def test_a_malformed_key_is_refused(client: FlaskClient, auth: Auth, key: str) -> None:
    """A key that is empty, overlong or not of printable ASCII is the client's mistake."""
    answer = send(client, auth(), key=key)
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/docs#problem-invalid-idempotency-key"


@pytest.mark.parametrize(
    "key", ["a" * 255, '"a b, c;d"', r'"a\"b\\c"', "a:b/c=", "user@example.com"]
)
def test_a_key_has_255_characters_of_printable_ascii(
    client: FlaskClient, auth: Auth, key: str
) -> None:
    """What the draft allows is taken, quotes for what is not a plain word."""
    assert send(client, auth(), key=key).status_code == 200


def test_a_failed_job_is_not_run_again(settings: WebSettings, auth: Auth) -> None:
    """The answer of a task that failed is the answer of its key."""
    runs: list[JsonValue] = []

    def fail(payload: JsonValue) -> JsonValue:
        runs.append(payload)
        raise ValueError

    class Failing(InMemoryQueue):
        def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
            failing = Task(name="echo", function=fail, queue="default", timeout_s=None)
            return super().submit(failing, payload, **how)

    client = create_app(settings, queue=Failing()).test_client()
    answers = [send(client, auth(), 1) for _ in range(2)]
    assert [one.status_code for one in answers] == [500, 500]
    assert len({one.get_json()["job_id"] for one in answers}) == 1
    assert runs == [1]


def test_a_request_that_was_refused_leaves_its_key_free(settings: WebSettings, auth: Auth) -> None:
    """Where no job was made, the same request may try again at once."""

    class FlakyQueue(InMemoryQueue):
        is_broken = True

        def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
            if self.is_broken:
                raise QueueUnavailable
            return super().submit(task, payload, **how)

    queue = FlakyQueue()
    client = create_app(settings, queue=queue).test_client()
    assert send(client, auth(), 1).status_code == 503
    queue.is_broken = False
    assert send(client, auth(), 1).status_code == 200


def test_an_answer_whose_job_is_gone_is_not_run_again(settings: WebSettings, auth: Auth) -> None:
    """A key outlives its result; the problem says what to do."""
    queue = InMemoryQueue()
    client = create_app(settings, queue=queue).test_client()
    send(client, auth(), 1)
    queue._states.clear()
    answer = send(client, auth(), 1)
    assert answer.status_code == 410
    assert answer.get_json()["type"] == "/docs#problem-result-expired"


def test_waiting_is_the_choice_of_each_request(settings: WebSettings, auth: Auth) -> None:
    """The first request may go on without its result, the second wait for it."""
    client = create_app(settings, queue=InMemoryQueue()).test_client()
    first = send(client, auth() | {"Prefer": "respond-async"}, 1)
    second = send(client, auth(), 1)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.get_json()["job_id"] == second.get_json()["job_id"]
    assert send(client, auth() | {"Prefer": "respond-async"}, 1).status_code == 200


@pytest.fixture(params=["memory", "redis"])
def any_queue(request: pytest.FixtureRequest) -> Any:
    """Each kind of queue in turn."""
    if request.param == "memory":
        return InMemoryQueue()
    url = request.getfixturevalue("redis_url")
    return open_queue(WebSettings.load(redis_url=url))


def test_requests_at_the_same_time_have_one_job_and_one_alert(
    settings: WebSettings, auth: Auth, any_queue: Any
) -> None:
    """Ten clients that send one request at once are all told of the same job."""
    app = create_app(settings, queue=any_queue)
    headers = auth() | {"Prefer": "respond-async"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(app.test_client(), headers), range(10)))
    assert {one.status_code for one in answers} <= {200, 202}
    assert len({one.get_json()["job_id"] for one in answers}) == 1
    assert len({one.get_json()["alert_id"] for one in answers}) == 1
    assert len(reports(settings)) == 1


def test_redis_holds_nothing_of_a_key_that_could_be_guessed(
    settings: WebSettings, auth: Auth, redis_process: RedisProcess, redis_url: str
) -> None:
    """Neither key nor payload nor a plain digest of them is part of a claim."""
    client = create_app(settings, queue=open_queue(WebSettings.load(redis_url=redis_url)))
    headers = auth() | {"Prefer": "respond-async"}
    send(client.test_client(), headers, key="ann@example.com")
    with redis_process.client() as stored:
        (name,) = stored.keys("piigate:claim:*")
        claim = name + stored.get(name)
    for value in ("ann", "alice", "test@example.com"):
        for shown in (value, hashlib.sha256(value.encode()).hexdigest()):
            assert shown.encode() not in claim


def test_fingerprints_need_the_installation_s_key() -> None:
    """Another installation has other digests of the same request; parts do not run together."""
    task = discover().named("echo")

    def claim(secret: str, key: str, caller: str) -> str:
        return Fingerprints(secret).claim(key, caller=caller, task=task, payload=1).key

    assert claim("a", "k", "c") == claim("a", "k", "c")
    assert len({claim("a", "k", "c"), claim("b", "k", "c"), claim("a", "kc", "")}) == 3


def test_a_request_that_is_replayed_has_its_line(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """The line of the second request names the first one's job and alert, and not the key."""
    send(client, auth())
    answer = send(client, auth()).get_json()
    line = log_lines()[-1]
    assert f"job_id={answer['job_id']}" in line
    assert f"alert_id={answer['alert_id']}" in line
    assert "is_replayed=true" in line
    assert KEY not in "".join(log_lines())
