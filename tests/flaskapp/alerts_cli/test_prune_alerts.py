"""`flask alerts prune` deletes what is too old or too many, and says what it deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskCliRunner

from alerting.records.record import Filter
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.alerts_cli.conftest import Keep
from tests.flaskapp.conftest import LogLines


@pytest.mark.parametrize(
    ("args", "left"),
    [
        (["--older-than", "2d"], 2),
        (["--keep", "1"], 1),
        (["--older-than", "2d", "--keep", "3"], 2),
        (["--keep", "0"], 0),
        (["--older-than", "90d"], 4),
    ],
)
def test_deletes_alerts_and_reports(
    runner: FlaskCliRunner,
    keep: Keep,
    records: RecordStore,
    settings: WebSettings,
    args: list[str],
    left: int,
) -> None:
    """What goes, goes from database and folder, and both are told."""
    for hours in (1, 40, 60, 90):
        keep({"email": "ann@example.com"}, at=datetime.now(UTC) - timedelta(hours=hours))
    (settings.error_reports / "notes.txt").write_text("ALERT TYPE: none")
    result = runner.invoke(args=["alerts", "prune", *args])
    assert len(records.page(Filter(), limit=9).records) == left
    assert len([*settings.error_reports.iterdir()]) == left + 1
    gone = f"{4 - left} alert{'' if left == 3 else 's'}, {4 - left} report"
    assert f"Deleted: {gone}" in result.stderr


def test_keeps_what_the_settings_keep(settings: WebSettings, keep: Keep) -> None:
    """Without an option the settings decide, and an option stands before its setting."""
    for hours in (1, 40, 60, 90):
        keep({"email": "ann@example.com"}, at=datetime.now(UTC) - timedelta(hours=hours))
    limited = settings.model_copy(update={"alert_max_age": 2, "alert_max_count": 3})
    runner = create_app(limited, queue=InMemoryQueue()).test_cli_runner()
    assert (
        "Deleted: 1 alert," in runner.invoke(args=["alerts", "prune", "--older-than", "9d"]).stderr
    )
    assert "Deleted: 1 alert," in runner.invoke(args=["alerts", "prune"]).stderr


def test_leaves_a_line_in_the_log(runner: FlaskCliRunner, keep: Keep, log_lines: LogLines) -> None:
    """What was deleted can be read later."""
    keep({"email": "ann@example.com"})
    runner.invoke(args=["alerts", "prune", "--keep", "0"])
    assert "alerts pruned alerts=1 reports=1" in log_lines()[-1]


@pytest.mark.parametrize(
    "args", [[], ["--older-than", "90"], ["--older-than", "9" * 20 + "d"], ["--keep", "-1"]]
)
def test_says_what_it_takes(runner: FlaskCliRunner, keep: Keep, args: list[str]) -> None:
    """Without a limit, or with one that makes no sense, nothing is deleted."""
    keep({"email": "ann@example.com"}, at=datetime(2020, 1, 1, tzinfo=UTC))
    assert runner.invoke(args=["alerts", "prune", *args]).exit_code == 2
    assert runner.invoke(args=["alerts", "prune", "--keep", "0"]).stderr.count("1 ") == 2


def test_says_that_reports_are_left(
    runner: FlaskCliRunner, keep: Keep, settings: WebSettings
) -> None:
    """A folder of reports that cannot be read is one line, which says what is done already."""
    keep({"email": "ann@example.com"})
    settings.error_reports.rename(settings.error_reports.with_name("moved"))
    settings.error_reports.write_text("no folder")
    result = runner.invoke(args=["alerts", "prune", "--keep", "0"])
    assert result.exit_code == 1
    fault = "the alerts are deleted, but not all reports: Not a directory"
    assert result.stderr == f"Error: {fault}\n"
