"""What the log takes, from whom and from which level on, and where it goes."""

import logging
import warnings
from pathlib import Path

import pytest

from alerting import log
from alerting.errors import InvalidSettings
from alerting.settings import AlertingSettings
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")


def test_levels_and_chatty_libraries_are_kept_down(read_log: ReadLog) -> None:
    """Below LOG_LEVEL nothing is logged; lines per job or request of libraries are not either."""
    log.event(LOGGER, "detail", level=logging.DEBUG)
    for name in ("rq.worker", "werkzeug"):
        library = logging.getLogger(name)
        library.setLevel(logging.INFO)  # libraries set the level of their own loggers
        library.info("chat")
        library.warning("trouble")
        library.setLevel(logging.NOTSET)
    assert [line.rpartition(" ")[2] for line in read_log()] == ["trouble", "trouble"]


@pytest.mark.usefixtures("clean_logging")
def test_warnings_are_logged(settings: AlertingSettings) -> None:
    """A Python warning becomes a line of the log."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log.configure(settings, stderr=False)
        warnings.warn("soon gone", DeprecationWarning, stacklevel=1)
    assert settings.log_file
    (line,) = settings.log_file.read_text(encoding="utf-8").splitlines()
    assert " WARNING py.warnings[" in line
    assert "DeprecationWarning: soon gone" in line


def test_configuring_again_replaces_our_handlers_only(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """A second call doubles no line and leaves other people's handlers alone."""
    other = logging.NullHandler()
    other.name = "somebody's"
    logging.getLogger().addHandler(other)
    log.configure(settings, stderr=False)
    log.event(LOGGER, "once")
    assert len(read_log()) == 1
    assert other in logging.getLogger().handlers


@pytest.mark.usefixtures("clean_logging")
def test_stderr_is_used_when_asked_or_when_there_is_no_file(
    settings: AlertingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """``LOG_FILE=-`` logs to stderr only; asked for, stderr gets the lines as well."""
    log.configure(settings, stderr=True)
    log.event(LOGGER, "both")
    log.configure(settings.model_copy(update={"log_file": None}), stderr=False)
    log.event(LOGGER, "alone")
    lines = capsys.readouterr().err.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["both", "alone"]
    assert settings.log_file
    assert "alone" not in settings.log_file.read_text(encoding="utf-8")


@pytest.mark.usefixtures("clean_logging")
def test_a_log_file_that_cannot_be_opened_stops_the_start(settings: AlertingSettings) -> None:
    """The setting is named with the reason, and the log stays as it was."""
    before = list(logging.getLogger().handlers)
    blocked = settings.model_copy(update={"log_file": Path("/dev/null/app.log")})
    with pytest.raises(InvalidSettings, match=r"LOG_FILE: /dev/null/app\.log cannot be opened: "):
        log.configure(blocked, stderr=False)
    assert logging.getLogger().handlers == before
