"""Building the application."""

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from alerting.errors import InvalidSettings
from flaskapp import create_app
from flaskapp.errors import NoTokenConfigured
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue


def without_tokens(settings: WebSettings) -> WebSettings:
    """Return settings with neither tokens nor a tokens file."""
    return settings.model_copy(update={"api_tokens": None})


def test_a_gateway_without_tokens_does_not_start(settings: WebSettings) -> None:
    """Nobody could get in, so it says what to do instead."""
    with pytest.raises(NoTokenConfigured, match="flask tokens create"):
        create_app(without_tokens(settings), queue=InMemoryQueue())


def test_the_command_line_starts_without_tokens(
    settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first token is made by a command of the application itself."""
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    app = create_app(without_tokens(settings), queue=InMemoryQueue())
    result = app.test_cli_runner().invoke(args=["tokens", "create", "first", "--scope", "run"])
    assert result.exit_code == 0
    token = result.stdout.strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/tasks", headers=headers).status_code == 200


def test_an_unknown_default_task_does_not_start(settings: WebSettings) -> None:
    """A default that nobody could run is a fault of the settings, and the tasks are named."""
    wrong = settings.model_copy(update={"default_task": "no-such-task"})
    with pytest.raises(InvalidSettings, match=r"DEFAULT_TASK.*transform"):
        create_app(wrong, queue=InMemoryQueue())


def test_an_unknown_kind_does_not_start(settings: WebSettings) -> None:
    """A kind that nothing recognises would be looked for in vain, and the kinds are named."""
    wrong = settings.model_copy(update={"detect_kinds": ("mail",)})
    with pytest.raises(InvalidSettings, match=r"DETECT_KINDS.*'mail'.*email"):
        create_app(wrong, queue=InMemoryQueue())


def test_the_instance_folder_is_that_of_the_home(app: Flask, settings: WebSettings) -> None:
    """Also an installed package keeps its data in the home."""
    assert settings.log_file is not None
    assert app.instance_path == str(settings.log_file.parents[1] / "instance")


def seen_address(settings: WebSettings, *, proxies: int) -> str | None:
    """Return the address a view sees behind two proxies of which some are trusted."""
    app = create_app(
        settings.model_copy(update={"trusted_proxies": proxies}), queue=InMemoryQueue()
    )
    app.add_url_rule("/who", view_func=lambda: str(request.remote_addr))
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    return app.test_client().get("/who", headers=forwarded).text


@pytest.mark.parametrize(
    ("proxies", "address"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")]
)
def test_only_trusted_proxies_are_believed(
    settings: WebSettings, proxies: int, address: str
) -> None:
    """What a client writes into forwarding headers counts for nothing by itself."""
    assert seen_address(settings, proxies=proxies) == address


def test_letters_are_answered_as_themselves(client: FlaskClient) -> None:
    """Answers are UTF-8, not escapes."""
    assert "\\u" not in client.get("/openapi.json").text


def test_answers_are_made_of_any_number_of_values(app: Flask) -> None:
    """Flask's ways to make an answer work, whatever the quick one takes."""
    with app.test_request_context():
        answers = [jsonify(), jsonify(1), jsonify(1, 2), jsonify(a=1)]
    assert [one.json for one in answers] == [None, 1, [1, 2], {"a": 1}]
