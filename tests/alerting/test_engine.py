"""Recording: every sink keeps the alert, or the payload is refused."""

from pathlib import Path
from types import ModuleType

import pytest

import alerting.sinks
from alerting.alert import Alert
from alerting.detector import Scan, scan
from alerting.engine import ENTRY_POINT_GROUP, AlertEngine, Sink, open_engine
from alerting.errors import AlertNotRecorded, InvalidSettings
from alerting.finding import JsonValue
from alerting.plugins import discover
from alerting.settings import AlertingSettings
from alerting.sinks.file import FileSink
from tests.alerting.conftest import ReadLog

PAYLOAD: JsonValue = {"email": "ann@example.com", "phone": "+380671234567"}


def record(engine: AlertEngine) -> Alert:
    """Record the alert about the payload."""
    found = Scan(findings=scan(PAYLOAD), is_partial=False)
    return engine.record(PAYLOAD, found, caller="dev", task="echo", request_id="r1", job_id="j1")


class Shelf:
    """A sink that keeps what it was told."""

    def __init__(self) -> None:
        self.kept: list[tuple[Alert, JsonValue]] = []

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Keep the alert."""
        self.kept.append((alert, payload))


def refuse(alert: Alert, payload: JsonValue) -> None:
    """Fail the way that quotes the most."""
    raise ValueError(f"cannot keep {payload} of {alert}")


def test_an_alert_says_what_was_found_and_by_whom() -> None:
    """The alert carries the findings, the caller, the task and the request id to every sink."""
    shelves = [Shelf(), Shelf()]
    alert = record(AlertEngine(shelves))
    assert (alert.kinds, alert.caller, alert.task) == (("email", "phone"), "dev", "echo")
    assert alert.request_id == "r1"
    assert [shelf.kept for shelf in shelves] == [[(alert, PAYLOAD)]] * 2


def test_a_failing_sink_refuses_and_logs_one_line_without_values(read_log: ReadLog) -> None:
    """The cause is chained for us and logged by its type; what the payload held is not shown."""
    earlier, later = Shelf(), Shelf()
    with pytest.raises(AlertNotRecorded) as raised:
        record(AlertEngine([earlier, refuse, later]))
    assert isinstance(raised.value.__cause__, ValueError)
    assert (len(earlier.kept), len(later.kept)) == (1, 0)
    (line,) = read_log()
    assert " ERROR   alerting.engine[" in line
    assert "alert not recorded request_id=r1 alert_id=" in line
    assert line.endswith(" caller=dev task=echo kinds=email,phone reason=ValueError")


def test_a_report_that_cannot_be_written_is_told_by_its_symbol(
    tmp_path: Path, read_log: ReadLog
) -> None:
    """The operator reads why the disk refused, as the system names it."""
    (tmp_path / "file").touch()
    with pytest.raises(AlertNotRecorded):
        record(AlertEngine([FileSink(tmp_path / "file", data="raw")]))
    assert read_log()[0].endswith(' reason="FileExistsError EEXIST"')


def test_the_settings_choose_the_sinks(settings: AlertingSettings) -> None:
    """By default an alert becomes a report in ``error_reports``."""
    record(open_engine(settings))
    (report,) = settings.error_reports.iterdir()
    assert report.read_text(encoding="utf-8").startswith("ALERT TYPE: email and phone\n")


def test_an_unknown_sink_is_named_with_the_known_ones() -> None:
    """A misspelt sink stops the start and says which there are."""
    settings = AlertingSettings.load(alert_sinks="file, fiel lief")
    with pytest.raises(InvalidSettings) as raised:
        open_engine(settings)
    assert raised.value.faults == [
        "ALERT_SINKS: There is no sink 'fiel'; there are: file",
        "ALERT_SINKS: There is no sink 'lief'; there are: file",
    ]


@pytest.mark.parametrize("plugin", discover(alerting.sinks, ENTRY_POINT_GROUP).values())
def test_every_sink_keeps_the_contract(plugin: ModuleType, settings: AlertingSettings) -> None:
    """A sink is made of the settings alone and takes over an alert."""
    sink: Sink = plugin.create(settings)
    assert record(AlertEngine([sink])).kinds == ("email", "phone")
