"""The two formats of a log line: for people, and as Elastic Common Schema JSON."""

import json
import logging
import re
from datetime import datetime

import pytest

from alerting import log
from alerting.log_format import TextFormatter
from alerting.settings import AlertingSettings
from tests.alerting.chained_error import raise_chain
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")


def test_an_event_is_one_line_for_people(read_log: ReadLog) -> None:
    """Local time with offset, level, logger and process, message and fields, in that order."""
    log.event(LOGGER, "request", request_id="r1", status=200, duration_ms=1.5, kinds=("a", "b"))
    (line,) = read_log()
    time, rest = line.split(" ", 1)
    assert datetime.fromisoformat(time).utcoffset() == datetime.now().astimezone().utcoffset()
    assert re.sub(r"\[\d+\]", "[1]", rest) == (
        "INFO    piigate.tests[1] request request_id=r1 status=200 duration_ms=1.5 kinds=a,b"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain/route-1", "plain/route-1"),
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("back\\slash", r'"back\\slash"'),
        ("one\ntwo", r'"one\ntwo"'),
        ("\u2028\x1b[31m\u202e\ud800", r'"\u2028\x1b[31m\u202e\ud800"'),
        ("пошта", "пошта"),
        (True, "true"),
        ({"a": [1, None]}, r'"{\"a\":[1,null]}"'),
        (FileNotFoundError(2, "x"), '"FileNotFoundError ENOENT"'),
        (KeyError("x"), "KeyError"),
    ],
)
def test_values_are_quoted_so_that_they_end_where_they_end(
    read_log: ReadLog, value: object, shown: str
) -> None:
    """A value with spaces, quotes or control characters is quoted and escaped."""
    log.event(LOGGER, "happened", value=value, status=1)
    assert read_log()[0].endswith(f" happened value={shown} status=1")


def test_facts_that_are_missing_are_left_out(read_log: ReadLog) -> None:
    """None and the empty tuple make no field, zero and false do."""
    log.event(LOGGER, "happened", alert_id=None, kinds=(), status=0, ok=False)
    assert read_log()[0].endswith(" happened status=0 ok=false")


def test_a_malformed_call_is_still_logged() -> None:
    """When arguments do not fit the message, the message alone is logged."""
    record = LOGGER.makeRecord("x", logging.INFO, "x.py", 1, "%d of %s", ("x",), None)
    assert TextFormatter().format(record).endswith("] %d of %s")


@pytest.mark.usefixtures("clean_logging")
def test_ecs_names_every_field_by_the_schema(settings: AlertingSettings) -> None:
    """With ``LOG_FORMAT=ecs`` a line is one document of the Elastic Common Schema."""
    log.configure(settings.model_copy(update={"log_format": "ecs"}), stderr=False)
    log.event(
        LOGGER,
        "request",
        request_id="r1",
        method="POST",
        route="/run",
        caller="dev",
        task="echo",
        status=200,
        duration_ms=1.5,
        kinds=("email", "phone"),
        reason="to ann@example.com\n",
        result={"n": 1},
    )
    assert settings.log_file
    document = json.loads(settings.log_file.read_text(encoding="utf-8"))
    assert datetime.fromisoformat(document.pop("@timestamp")).tzinfo
    assert document.pop("ecs.version")
    assert document.pop("process")["pid"]
    assert document == {
        "log.level": "info",
        "log": {"logger": "piigate.tests"},
        "message": "request",
        "service": {"name": "piigate"},
        "http": {"request": {"id": "r1", "method": "POST"}, "response": {"status_code": 200}},
        "event": {"duration": 1_500_000, "reason": "to a***@e***.com\n"},
        "user": {"name": "dev"},
        "piigate": {
            "route": "/run",
            "task": "echo",
            "kinds": ["email", "phone"],
            "result": '{"n":1}',
        },
    }


@pytest.mark.usefixtures("clean_logging")
def test_ecs_tells_exceptions_and_the_status_of_jobs(settings: AlertingSettings) -> None:
    """An exception has type and frames; a status that is no HTTP status is our own field."""
    log.configure(settings.model_copy(update={"log_format": "ecs"}), stderr=False)
    try:
        raise_chain()
    except ValueError as error:
        log.event(LOGGER, "job", error=error, status="failed", duration_ms="unknown")
    assert settings.log_file
    text = settings.log_file.read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["error"]["type"] == "ValueError"
    assert document["error"]["stack_trace"].startswith("ValueError at alerting/test_log_format.py:")
    assert document["piigate"] == {"status": "failed"}
    assert not any(word in text for word in ("secret", "ann@"))
