"""Settings, a log to look at, and a thread with fibers."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alerting import log
from alerting.settings import AlertingSettings
from tests.fiber_carrier import Carrier

ReadLog = Callable[[], list[str]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AlertingSettings:
    """Settings of a home of its own, nothing taken from the environment."""
    for name in AlertingSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    return AlertingSettings.load()


@pytest.fixture
def clean_logging() -> Iterator[None]:
    """Take our handlers, which have names, away again after the test."""
    root = logging.getLogger()
    level = root.level
    yield
    logging.captureWarnings(capture=False)
    for handler in [one for one in root.handlers if one.name]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def read_log(settings: AlertingSettings, clean_logging: None) -> ReadLog:
    """Log in text form; return the lines so far when called."""
    log.configure(settings, stderr=False)
    assert settings.log_file
    path = settings.log_file

    def read() -> list[str]:
        return path.read_text(encoding="utf-8").splitlines()

    return read


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    """Have two threads for what is done aside."""
    with ThreadPoolExecutor(2) as pool:
        yield Carrier(pool)
