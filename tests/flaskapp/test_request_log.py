"""The line of a request and its id."""

import json
import re

import pytest
from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import Auth, LogLines

CONTACT = {"email": "test@example.com", "phone": "+380961234567"}


def test_the_line_joins_everything(client: FlaskClient, auth: Auth, log_lines: LogLines) -> None:
    """One line has who, what, how long, what was found, and every id."""
    answer = client.post("/run", json=CONTACT, headers=auth() | {"X-Request-ID": "req-1"})
    body = answer.get_json()
    [line] = log_lines()
    assert answer.headers["X-Request-ID"] == "req-1"
    for part in (
        "request_id=req-1",
        "caller=alice",
        "method=POST",
        "route=/run",
        "task=transform",
        "status=200",
        f"alert_id={body['alert_id']}",
        f"job_id={body['job_id']}",
    ):
        assert f" {part}" in line
    assert re.search(r" duration_ms=\d+\.\d", line)
    assert re.search(r" kinds=\S*email.*phone", line)
    assert "test@example.com" not in line
    assert "961234567" not in line


def test_the_route_stands_for_the_path(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """What a client writes into a path is not logged."""
    client.get("/jobs/somebody", headers=auth())
    client.get("/somewhere/else")
    known, unknown = log_lines()
    assert "somebody" not in known
    assert "/jobs/<job_id>" in known
    assert "else" not in unknown
    assert "route=unmatched" in unknown


@pytest.mark.parametrize("given", ["a", "0b54c9a1-6a0f-4bd8-9c41-52a3c1a2f7de", "A._-9", "x" * 128])
def test_a_sound_id_is_kept(client: FlaskClient, given: str) -> None:
    """The client's own id joins its log with ours."""
    assert client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "a b",
        "x" * 129,
        "é",
        "a=b",
        'a"b',
        "test@example.com",
        "380961234567",
        "0961234567",
    ],
)
def test_an_unsound_id_is_replaced(client: FlaskClient, log_lines: LogLines, given: str) -> None:
    """An id that is malformed or personal data reaches neither the log nor the answer."""
    fresh = client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", fresh)
    [line] = log_lines()
    assert f"request_id={fresh}" in line


def test_ids_differ(client: FlaskClient) -> None:
    """No two requests share an id by themselves."""
    assert len({client.get("/livez").headers["X-Request-ID"] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200),
        ("GET", "/docs", 200),
        ("GET", "/", 302),
        ("GET", "/static/docs.css", 200),
        ("HEAD", "/openapi.json", 200),
        ("OPTIONS", "/run", 200),
        ("GET", "/tasks", 401),
        ("GET", "/nowhere", 404),
        ("GET", "/run", 405),
        ("INVENTED", "/run", 405),
    ],
)
def test_every_request_is_one_line(
    client: FlaskClient, log_lines: LogLines, method: str, path: str, status: int
) -> None:
    """Whatever is asked for and however it ends, there is one line."""
    with client.open(path, method=method) as answer:
        assert answer.status_code == status
    [line] = log_lines()
    assert f"status={status}" in line
    assert "INVENTED" not in line


def test_the_line_follows_the_schema(
    settings: WebSettings, auth: Auth, log_lines: LogLines
) -> None:
    """In `ecs` form the line is an object of the Elastic Common Schema."""
    client = create_app(
        settings.model_copy(update={"log_format": "ecs"}), queue=InMemoryQueue()
    ).test_client()
    client.post("/run", json=CONTACT, headers=auth())
    [line] = log_lines()
    assert json.loads(line)["@timestamp"]
    assert "alice" in line
    assert "test@example.com" not in line
