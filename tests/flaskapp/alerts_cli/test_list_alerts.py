"""`flask alerts list` shows the newest alerts of a filter, and says when there are more."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskCliRunner

from alerting.records.store import RecordStore
from flaskapp.alert_answers import record_json
from tests.alerting.records.conftest import NOON, record_of
from tests.flaskapp.alerts_cli.conftest import Keep


def test_lists_the_newest_first(runner: FlaskCliRunner, records: RecordStore) -> None:
    """Each alert is a line with its whole id and the facts about it."""
    records.add([record_of(0), record_of(1, caller="bank")])
    result = runner.invoke(args=["alerts", "list"])
    head, newest, oldest = result.stdout.splitlines()
    assert head.split()[:2] == ["ALERT", "TIME"]
    assert newest.split()[0] == record_of(1).alert.id
    time = f"{NOON.astimezone() + timedelta(minutes=1):%Y-%m-%d %H:%M}"
    assert newest.split()[1:] == [*time.split(), "low", "open", "email", "bank", "echo"]
    assert oldest.split()[0] == record_of(0).alert.id
    assert (result.stderr, result.exit_code) == ("", 0)


@pytest.mark.parametrize(
    ("args", "numbers"),
    [
        (["--kind", "iban"], [2]),
        (["--caller", "bank"], [1]),
        (["--severity", "high"], []),
        (["--state", "open", "--task", "echo"], [2, 1, 0]),
        (["--since", "2026-05-09T12:01Z", "--until", "2026-05-09T12:02Z"], [1]),
        (["--text", "job-0"], [0]),
        (["--incident", "none"], []),
    ],
)
def test_takes_the_filters_of_the_api(
    runner: FlaskCliRunner, records: RecordStore, args: list[str], numbers: list[int]
) -> None:
    """Each parameter of GET /alerts is an option."""
    records.add([record_of(0), record_of(1, caller="bank"), record_of(2, kind="iban")])
    result = runner.invoke(args=["alerts", "list", "--json", *args])
    ids = [json.loads(line)["alert_id"] for line in result.stdout.splitlines()]
    assert ids == [record_of(number).alert.id for number in numbers]


def test_says_that_there_are_more(runner: FlaskCliRunner, records: RecordStore) -> None:
    """A list that was cut says so, and one that was not does not."""
    records.add(map(record_of, range(3)))
    cut = runner.invoke(args=["alerts", "list", "--limit", "2"])
    assert (len(cut.stdout.splitlines()), "There are more" in cut.stderr) == (3, True)
    assert runner.invoke(args=["alerts", "list", "--limit", "3"]).stderr == ""


def test_looks_for_a_text_beyond_a_page(runner: FlaskCliRunner, records: RecordStore) -> None:
    """The store reads so many alerts for a text at a time; the command reads on."""
    records.add([record_of(0, caller="bank"), *map(record_of, range(1, 2100))])
    result = runner.invoke(args=["alerts", "list", "--text", "bank"])
    assert record_of(0).alert.id in result.stdout


def test_says_that_there_is_none(runner: FlaskCliRunner) -> None:
    """An empty list is no table."""
    result = runner.invoke(args=["alerts", "list"])
    assert (result.stdout, result.stderr) == ("", "There is no such alert.\n")


@pytest.mark.parametrize(
    ("option", "text"),
    [("state", "closed"), ("severity", "9"), ("since", "yesterday"), ("limit", "0")],
)
def test_refuses_what_it_cannot_read(runner: FlaskCliRunner, option: str, text: str) -> None:
    """An option that makes no sense is an error of usage that names it and says what it takes."""
    result = runner.invoke(args=["alerts", "list", f"--{option}", text])
    assert result.exit_code == 2
    assert f"--{option}" in result.stderr
    assert f"`{option}` takes" in result.stderr


def test_json_is_that_of_the_api(runner: FlaskCliRunner, keep: Keep) -> None:
    """A line is what GET /alerts says of an alert, and holds no value."""
    record = keep({"email": "ann@example.com"}, at=datetime(2026, 5, 9, tzinfo=UTC))
    result = runner.invoke(args=["alerts", "list", "--json"])
    assert json.loads(result.stdout) == record_json(record)
    assert "ann@" not in result.stdout
