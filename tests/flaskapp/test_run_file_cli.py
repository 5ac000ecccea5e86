"""Running a file of payloads."""

import io
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.serving import make_server

from alerting.finding import JsonValue
from flaskapp import batch_client, create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.conftest import token_of


class SlowQueue(InMemoryQueue):
    """A queue whose jobs take a second."""

    def submit(self, task: Task, payload: JsonValue, **how: Any) -> str:
        """Start a job that sleeps first."""

        def sleep(payload: JsonValue) -> JsonValue:
            time.sleep(1)
            return payload

        slow = Task(name=task.name, function=sleep, queue="default", timeout_s=None)
        return super().submit(slow, payload, **how)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve a gateway on a port of its own and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """Serve the gateway of the test."""
    with served(app) as address:
        yield address


def run(runner: FlaskCliRunner, *words: str, text: str = "") -> Result:
    """Run the command with alice's token on the text as standard input."""
    env = {"PIIGATE_TOKEN": token_of("alice")}
    return runner.invoke(args=["run-file", "-", *words], input=text, env=env)


def lines_of(result: Result) -> list[Any]:
    """Return the lines of a result."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_has_its_result_in_order(runner: FlaskCliRunner, url: str) -> None:
    """More lines than one request holds come back as they were, blank ones left out."""
    payloads: list[JsonValue] = [{"n": number} for number in range(250)]
    text = "\n\n".join(map(json.dumps, payloads))
    result = run(runner, "--task", "echo", "--url", url, text=text)
    assert result.exit_code == 0, result.output
    assert [line["result"] for line in lines_of(result)] == payloads
    assert [line["line"] for line in lines_of(result)] == list(range(1, 501, 2))


def test_a_file_is_read_and_one_is_written(
    runner: FlaskCliRunner, url: str, tmp_path: Path
) -> None:
    """The results go where the option says."""
    source, target = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
    source.write_text('{"a": " ї "}\n', encoding="utf-8")
    env = {"PIIGATE_TOKEN": token_of("alice")}
    words = ["run-file", str(source), "--url", url, "--output", str(target)]
    assert runner.invoke(args=words, env=env).exit_code == 0
    assert json.loads(target.read_text("utf-8"))["result"] == {"a": "ї"}


def test_a_line_that_is_refused_shows_in_the_exit_status(runner: FlaskCliRunner, url: str) -> None:
    """The others have their results; the refused one says why."""
    result = run(runner, "--task", "echo", "--url", url, text="1\n{\n2\n")
    assert result.exit_code == 1
    assert [line["status"] for line in lines_of(result)] == ["finished", 400, "finished"]


def test_jobs_that_take_long_are_waited_for(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """A line whose job had not ended when the answer came is asked for until it has."""
    impatient = settings.model_copy(update={"wait_timeout": 0.2})
    with served(create_app(impatient, queue=SlowQueue())) as url:
        result = run(runner, "--task", "echo", "--url", url, text="1\n")
    assert lines_of(result)[0]["result"] == 1


@pytest.mark.parametrize("lines_read", [None, 0, 1, 2])
def test_what_breaks_on_the_way_is_sent_again(
    runner: FlaskCliRunner, url: str, monkeypatch: pytest.MonkeyPatch, lines_read: int | None
) -> None:
    """A connection that is refused, or lost after some lines, costs no line and runs none twice."""
    tries = []

    def open_badly(request: Any, timeout: float) -> Any:
        tries.append(request)
        if len(tries) > 1:
            return urlopen(request, timeout=timeout)
        if lines_read is None:
            raise ConnectionRefusedError
        with urlopen(request, timeout=timeout) as reply:
            return closing(io.BytesIO(b"".join(itertools.islice(reply, lines_read))))

    monkeypatch.setattr(batch_client, "_PAUSE_S", 0)
    monkeypatch.setattr(batch_client, "urlopen", open_badly)
    result = run(runner, "--task", "echo", "--url", url, text="1\n2\n3\n")
    assert result.exit_code == 0, result.output
    assert [line["result"] for line in lines_of(result)] == [1, 2, 3]
    assert len({request.headers["Idempotency-key"] for request in tries}) == 1


def test_a_gateway_that_refuses_is_told(runner: FlaskCliRunner, url: str) -> None:
    """What is wrong with all lines is said once."""
    result = run(runner, "--task", "nope", "--url", url, text="1\n")
    assert result.exit_code == 2
    assert "line 1 and following: `GET /tasks` lists the tasks." in result.output


def test_a_gateway_that_is_not_there_is_told(
    runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some tries the command gives up."""
    monkeypatch.setattr(batch_client, "_PAUSE_S", 0)
    result = run(runner, "--url", "http://127.0.0.1:1", text="1\n")
    assert result.exit_code == 2
    assert "cannot be reached" in result.output


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://x", "x"])
def test_only_a_web_address_is_taken(runner: FlaskCliRunner, url: str) -> None:
    """An address of another kind is a wrong option."""
    assert run(runner, "--url", url, text="1\n").exit_code == 2


class ShrinkingQueue(InMemoryQueue):
    """A queue that is too long for somewhat less than a second."""

    def __init__(self) -> None:
        super().__init__()
        self._short_at = time.monotonic() + 0.8

    def predicted_wait_s(self, queue: str) -> float:
        """Return a little more than the callers of the tests wait."""
        return 5.5 if time.monotonic() < self._short_at else 0.0


def test_a_long_queue_is_waited_for(
    runner: FlaskCliRunner, settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command comes again when the gateway says, not as soon as it would by itself."""
    monkeypatch.setattr(batch_client, "_PAUSE_S", 0)
    with served(create_app(settings, queue=ShrinkingQueue())) as address:
        result = run(runner, "--task", "echo", "--url", address, text="1\n")
    assert result.exit_code == 0, result.output
