"""Nothing personal in the log, and no line that somebody forged."""

import logging
import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from alerting import log
from alerting.log_safety import MAX_CHARS
from alerting.masking import Masked
from alerting.settings import AlertingSettings
from tests.alerting.chained_error import raise_chain
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")


@given(text=st.text(st.characters(exclude_categories=())))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_can_forge_a_line(read_log: ReadLog, text: str) -> None:
    """Whatever a client sends, in a field or in somebody's message, stays on one line."""
    before = len(read_log())
    log.event(LOGGER, "happened", value=text)
    LOGGER.warning("got %s", text)
    after = read_log()
    assert len(after) == before + 2
    assert all(line.isprintable() for line in after)


def test_personal_values_are_masked_in_messages_and_fields(read_log: ReadLog) -> None:
    """The last defence masks what callers did not, and leaves our own ids alone."""
    number = "380671234567"
    log.event(LOGGER, "from ann@example.com", job_id=number, route=f"/x/+{number}")
    LOGGER.info("to %s", {"mail": "bob@example.com"})
    shown = "\n".join(read_log())
    assert f"job_id={number} " in shown
    assert f"+{number}" not in shown
    assert "ann@" not in shown
    assert "bob@" not in shown


def test_what_was_masked_already_vouches_for_no_other_text(read_log: ReadLog) -> None:
    """A text is searched although one that equals it needed no search, in a line before."""
    log.event(LOGGER, "job", result=Masked("ann@example.com"))
    log.event(LOGGER, "job", result="ann@example.com")
    told, searched = read_log()
    assert told.endswith("result=ann@example.com")
    assert searched.endswith("result=a***@e***.com")


def test_numbers_of_the_configured_regions_are_masked(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """What an installation takes for a personal value does not stand in its log either."""
    log.event(LOGGER, "before", note="601 234 567")
    log.configure(settings.model_copy(update={"detect_regions": ("PL",)}), stderr=False)
    log.event(LOGGER, "after", note="601 234 567", notes=("or 22 123 45 67",))
    before, after = read_log()
    assert before.endswith('note="601 234 567"')
    assert after.endswith('note=***67 notes="or ***67"')


def test_a_huge_value_is_cut_without_showing_a_half_value(read_log: ReadLog) -> None:
    """A long result is cut, the cut is told, and a value across the cut is masked or gone."""
    for before in range(MAX_CHARS - 30, MAX_CHARS + 2, 4):
        text = "x " * (before // 2) + "firstname.lastname@example.com" + " y" * 2000
        log.event(LOGGER, "result", result=text)
    lines = read_log()
    assert len(lines) == 8
    for line in lines:
        assert re.search(r"… \(\d+ more characters\)\"$", line)
        assert "name" not in line.partition("result=")[2]
        assert len(line) < MAX_CHARS + 200


def test_an_exception_shows_types_and_frames_but_no_message(read_log: ReadLog) -> None:
    """An exception and its cause are told on one line, by what they are and where."""
    try:
        raise_chain()
    except ValueError as error:
        log.event(LOGGER, "failed", level=logging.ERROR, error=error)
        LOGGER.exception("failed: %s", error)  # noqa: TRY401 - what careless code does
        LOGGER.error(error)  # noqa: TRY400
    told, logged, bare = read_log()
    assert " ERROR   piigate.tests[" in told
    assert re.search(
        r' failed error="ValueError at alerting/test_log_safety\.py:\d+ test_\w+ > '
        r"alerting/chained_error\.py:\d+ raise_chain; "
        r'from FileNotFoundError ENOENT at alerting/chained_error\.py:\d+ raise_chain > .+"$',
        told,
    )
    assert " failed: ValueError error=" in logged
    assert bare.endswith("] ValueError")
    assert not any("secret" in line or "ann@" in line for line in (told, logged, bare))


def test_causes_that_go_in_a_circle_end(read_log: ReadLog) -> None:
    """An exception that causes itself in the end, and one never raised, are told."""
    first, second = ValueError("x"), TypeError("y")
    first.__cause__, second.__cause__ = second, first
    log.event(LOGGER, "failed", error=first)
    assert read_log()[0].endswith('error="ValueError at no frame; from TypeError at no frame"')


def test_a_traceback_inside_a_message_is_left_out(read_log: ReadLog) -> None:
    """What a library formats into its message after a traceback's first line is not shown."""
    LOGGER.error("job %s failed\n%s", 7, "Traceback (most recent call last):\n  secret")
    assert read_log()[0].endswith("] job 7 failed")


@pytest.mark.usefixtures("clean_logging")
def test_what_others_attach_to_a_record_is_not_logged(settings: AlertingSettings) -> None:
    """Fields that a library attaches may hold a payload: neither format shows them."""
    for form in ("text", "ecs"):
        path = settings.error_reports / f"{form}.log"
        log.configure(AlertingSettings.load(log_format=form, log_file=path), stderr=False)
        LOGGER.error("failed", extra={"arguments": ("secret",), "kwargs": {"x": "secret"}})
        assert "failed" in path.read_text(encoding="utf-8")
        assert "secret" not in path.read_text(encoding="utf-8")
