"""Recording: whoever has to keep an alert keeps it, or the payload is refused."""

import json
from pathlib import Path

import pytest

from alerting.alert import Alert
from alerting.detector import Scan, scan
from alerting.engine import AlertEngine, open_engine, open_reports
from alerting.errors import AlertNotRecorded
from alerting.finding import JsonValue
from alerting.intake import alert_id, is_recorded, unpack
from alerting.records.revealing import NothingToReveal, reveal
from alerting.records.store import open_store
from alerting.reports import Reports
from alerting.settings import AlertingSettings
from tests.alerting.conftest import ReadLog

PAYLOAD: JsonValue = {"email": "ann@example.com", "phone": "+380671234567", "n": 2**70}


def record(engine: AlertEngine) -> Alert:
    """Record the alert about the payload."""
    found = Scan(findings=scan(PAYLOAD), is_partial=False)
    return engine.record(PAYLOAD, found, caller="dev", task="echo", request_id="r1", job_id="j1")


def seal(text: bytes, context: tuple[str | None, ...]) -> bytes:
    """Seal in a way that anybody can open who names the context."""
    return json.dumps(context).encode() + b"\0" + text[::-1]


def open_seal(sealed: bytes, context: tuple[str | None, ...]) -> bytes:
    """Open what was sealed for the context."""
    head, _, text = sealed.partition(b"\0")
    assert head == json.dumps(context).encode()
    return text[::-1]


class Shelf:
    """Somebody who keeps alerts."""

    def __init__(self) -> None:
        self.kept: list[tuple[Alert, JsonValue]] = []

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Keep the alert."""
        self.kept.append((alert, payload))


def refuse(alert: Alert, payload: JsonValue) -> None:
    """Fail the way that quotes the most."""
    raise ValueError(f"cannot keep {payload} of {alert}")


def test_an_alert_says_what_was_found_and_by_whom() -> None:
    """The alert carries the findings, the caller, the task and the request id to all."""
    shelves = [Shelf(), Shelf()]
    alert = record(AlertEngine(shelves))
    assert (alert.kinds, alert.caller, alert.task) == (("email", "phone"), "dev", "echo")
    assert alert.request_id == "r1"
    assert [shelf.kept for shelf in shelves] == [[(alert, PAYLOAD)]] * 2


def test_a_failure_refuses_and_logs_one_line_without_values(read_log: ReadLog) -> None:
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
        record(AlertEngine([Reports(tmp_path / "file", data="raw")]))
    assert read_log()[0].endswith(' reason="FileExistsError EEXIST"')


def test_an_alert_becomes_a_record_and_a_report(settings: AlertingSettings) -> None:
    """By default both are there when the request goes on, and the queue hears of the id."""
    store = open_store(settings)
    engine = open_engine(settings, store, seal=seal)
    alert = record(engine)
    (report,) = settings.error_reports.iterdir()
    assert report.read_text(encoding="utf-8").startswith("ALERT TYPE: email and phone\n")
    assert store.get(alert.id).alert == alert
    entry = engine.pack(alert, PAYLOAD)
    assert (alert_id(entry), is_recorded(entry)) == (alert.id, True)


def test_reports_can_be_turned_off(settings: AlertingSettings) -> None:
    """With `ALERT_REPORTS=off` the record is all there is."""
    off = settings.model_copy(update={"alert_reports": "off"})
    store = open_store(off)
    alert = record(open_engine(off, store, seal=seal))
    assert store.get(alert.id).alert == alert
    assert open_reports(off) is None
    assert not settings.error_reports.exists()


def test_a_queued_alert_is_recorded_by_nobody_yet(settings: AlertingSettings) -> None:
    """With `ALERT_RECORDING=queued` alert and payload go, sealed, to those who record them."""
    queued = settings.model_copy(update={"alert_recording": "queued"})
    store = open_store(queued)
    engine = open_engine(queued, store, seal=seal)
    alert = record(engine)
    entry = engine.pack(alert, PAYLOAD)
    assert b"ann@example.com" not in entry
    assert not is_recorded(entry)
    assert unpack(entry, open_seal) == (alert, PAYLOAD)
    assert not settings.error_reports.exists()


def test_a_reveal_shows_the_payload_and_is_noted(settings: AlertingSettings) -> None:
    """Who has seen the values stands in the alert's history."""
    store = open_store(settings)
    alert = record(open_engine(settings, store, seal=seal))
    assert reveal(store, alert.id, who="root", open_seal=open_seal) == PAYLOAD
    assert [(one.who, one.action) for one in store.history(alert.id)] == [("root", "reveal")]


def test_masked_data_leaves_nothing_to_reveal(settings: AlertingSettings) -> None:
    """With `ALERT_DATA=masked` no values are kept, and nobody is noted for seeing them."""
    masked = settings.model_copy(update={"alert_data": "masked"})
    store = open_store(masked)
    alert = record(open_engine(masked, store, seal=seal))
    with pytest.raises(NothingToReveal):
        reveal(store, alert.id, who="root", open_seal=open_seal)
    assert store.history(alert.id) == []
