"""`flask alerts show` shows one alert, by its id or the beginning of it."""

import pytest
from flask.testing import FlaskCliRunner

from alerting.records.record import Action
from alerting.records.store import RecordStore
from tests.alerting.records.conftest import record_of
from tests.flaskapp.alerts_cli.conftest import Keep


def test_shows_an_alert(runner: FlaskCliRunner, keep: Keep, records: RecordStore) -> None:
    """What was found and what was done is shown, no value is."""
    record = keep({"contact": "ann@example.com"})
    records.act(record.alert.id, Action.RESOLVE, who="reviewer", text="our own")
    for text in (record.alert.id, record.alert.id[:8], f" {record.alert.id.upper()} "):
        result = runner.invoke(args=["alerts", "show", text])
        assert result.exit_code == 0
        assert record.alert.id in result.stdout
        assert "/contact" in result.stdout
        assert "reviewer  resolve  our own" in result.stdout
        assert "ann@" not in result.stdout


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("f" * 8, 1, "There is no such alert."),
        ("f" * 32, 1, "There is no such alert."),
        ("0" * 8, 1, "More than one alert begins so:"),
        ("0" * 7, 2, "8 to 32 hexadecimal digits"),
        ("f" * 33, 2, "8 to 32 hexadecimal digits"),
        ("ann@example.com", 2, "8 to 32 hexadecimal digits"),
    ],
)
def test_says_what_is_wrong_with_an_id(
    runner: FlaskCliRunner, records: RecordStore, text: str, status: int, message: str
) -> None:
    """An id must be one, and of one alert only."""
    records.add([record_of(1), record_of(2)])
    result = runner.invoke(args=["alerts", "show", text])
    assert (result.exit_code, result.stdout) == (status, "")
    assert message in result.stderr
