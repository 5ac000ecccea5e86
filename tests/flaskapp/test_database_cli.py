"""`flask db` brings the database of alerts to a version and says which one it has."""

from flask.testing import FlaskCliRunner

from alerting.records.migrations import HEAD
from flaskapp.settings import WebSettings


def test_up_and_down(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """The version can be raised, shown and lowered; only the newest one is all right."""
    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    shown = runner.invoke(args=["db", "current"])
    assert (shown.stdout, shown.exit_code) == (f"{HEAD} of {HEAD}\n", 0)
    assert runner.invoke(args=["db", "downgrade", "base"]).exit_code == 0
    shown = runner.invoke(args=["db", "current"])
    assert (shown.stdout, shown.exit_code) == (f"none of {HEAD}\n", 1)


def test_says_what_the_database_says(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """A database that is none is one line that says why."""
    database = settings.tokens_file.parent / "alerts.db"
    database.parent.mkdir(exist_ok=True)
    database.write_text("This is no database of any kind, and long enough to be read as one." * 20)
    failed = runner.invoke(args=["db", "upgrade"])
    assert failed.exit_code == 1
    assert "cannot be reached or written. DatabaseError" in failed.stderr


def test_says_that_there_is_no_such_version(runner: FlaskCliRunner) -> None:
    """An unknown version is one line too."""
    failed = runner.invoke(args=["db", "downgrade", "9999"])
    assert failed.exit_code == 1
    assert "9999" in failed.stderr
