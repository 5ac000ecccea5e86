"""`flask alerts reveal` shows the payload of one alert, and notes that it did."""

import json

from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from alerting.records.record import Action
from alerting.records.store import RecordStore
from flaskapp.services import EXTENSION
from tests.flaskapp.alerts_cli.conftest import Keep
from tests.flaskapp.conftest import Auth

PAYLOAD = {"name": "Ганна", "contact": "ann@example.com"}


def test_shows_the_payload_and_notes_it(
    app: Flask, client: FlaskClient, runner: FlaskCliRunner, auth: Auth
) -> None:
    """The values are there, and the history says who asked for them."""
    alert_id = client.post("/run/echo", json=PAYLOAD, headers=auth()).get_json()["alert_id"]
    result = runner.invoke(args=["alerts", "reveal", alert_id[:12]])
    assert json.loads(result.stdout) == PAYLOAD
    (event,) = app.extensions[EXTENSION].records.history(alert_id)
    assert event.action is Action.REVEAL
    assert event.who.startswith("command line: ")


def test_says_that_nothing_was_kept(
    runner: FlaskCliRunner, keep: Keep, records: RecordStore
) -> None:
    """An alert whose payload was not kept has nothing to show, and nothing is noted."""
    record = keep(PAYLOAD)
    result = runner.invoke(args=["alerts", "reveal", record.alert.id])
    assert result.exit_code == 1
    assert "was not kept" in result.stderr
    assert records.history(record.alert.id) == []
