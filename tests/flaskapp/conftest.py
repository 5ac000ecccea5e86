"""The gateway on a queue in memory, with real detector, real reports and a real log file."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue

Auth = Callable[..., dict[str, str]]
LogLines = Callable[[], list[str]]

MANY_DISGUISES = "[at]" * 2_000

SCOPES = {
    "alice": "run",
    "bob": "run",
    "carol": "run,queues",
    "reviewer": "alerts",
    "root": "run,alerts,admin",
}


def token_of(name: str) -> str:
    """Return the token that the tests give a caller."""
    return f"token-of-{name}-0123456789abcdef"


def tokens() -> str:
    """Return what API_TOKENS is for the tests' callers."""
    return " ".join(
        f"{name}:{hashlib.sha256(token_of(name).encode()).hexdigest()}:{scopes}"
        for name, scopes in SCOPES.items()
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebSettings:
    """Return the settings of a home of its own, with a token for each caller."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    (tmp_path / "error_reports").mkdir()
    return WebSettings.load(
        api_tokens=tokens(),
        secret_key="a key for tests only",
        log_level="DEBUG",
        wait_timeout=5,
        max_wait=10,
    )


@pytest.fixture
def queue() -> InMemoryQueue:
    """Run jobs in this process."""
    return InMemoryQueue()


@pytest.fixture
def app(settings: WebSettings, queue: InMemoryQueue) -> Iterator[Flask]:
    """Return the gateway."""
    yield create_app(settings, queue=queue)
    for handler in logging.getLogger().handlers:
        handler.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client without a token."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Return a runner of the gateway's commands."""
    return app.test_cli_runner()


@pytest.fixture
def auth() -> Auth:
    """Return a function that makes the headers of a caller."""

    def headers_of(name: str = "alice") -> dict[str, str]:
        return {"Authorization": f"Bearer {token_of(name)}"}

    return headers_of


@pytest.fixture
def log_lines(settings: WebSettings) -> LogLines:
    """Return a function that reads the log file."""

    def read() -> list[str]:
        assert settings.log_file is not None
        if not settings.log_file.exists():
            return []
        return settings.log_file.read_text("utf-8").splitlines()

    return read
