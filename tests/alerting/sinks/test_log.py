"""Telling by a line of the log."""

from tests.alerting.conftest import ReadLog
from tests.alerting.sinks.conftest import NOTICE, sink_of


def test_a_telling_is_one_line(read_log: ReadLog) -> None:
    """The line has the facts of the incident, and nothing of the payload."""
    sink_of("log")(NOTICE)
    (line,) = read_log()
    assert " WARNING alerting.sinks.log[" in line
    assert " caller=shop kinds=email,phone " in line
    assert " severity=high count=100000 " in line
    assert "excerpt" not in line
