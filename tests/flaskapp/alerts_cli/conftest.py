"""The store of the gateway whose commands are run, with alerts of real payloads."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.records.making import RecordMaker
from alerting.records.record import Record
from alerting.records.severity import DEFAULT, parse_rules
from alerting.records.store import RecordStore
from alerting.report import local_time, render
from alerting.scanner import open_scanner, pseudonym_key
from flaskapp.services import EXTENSION
from flaskapp.settings import WebSettings

Keep = Callable[..., Record]


@pytest.fixture
def records(app: Flask) -> RecordStore:
    """Return the gateway's store."""
    store: RecordStore = app.extensions[EXTENSION].records
    return store


@pytest.fixture
def keep(records: RecordStore, settings: WebSettings) -> Keep:
    """Return a function that keeps the alert about a payload, as record and as report."""
    scanner = open_scanner(settings)
    maker = RecordMaker(key=pseudonym_key(settings), rules=parse_rules(DEFAULT), seal=None)

    def keep_alert(
        payload: JsonValue, *, at: datetime | None = None, caller: str = "shop"
    ) -> Record:
        alert = Alert(
            recorded_at=at or datetime.now(UTC),
            findings=tuple(scanner.scan(payload)),
            caller=caller,
            task="echo",
            request_id="request",
            job_id="job",
        )
        record = maker.make(alert, payload)
        records.add([record])
        name = f"alert_{local_time(alert.recorded_at)}_{alert.id}.txt"
        (settings.error_reports / name).write_text(render(alert, payload), encoding="utf-8")
        return record

    return keep_alert
