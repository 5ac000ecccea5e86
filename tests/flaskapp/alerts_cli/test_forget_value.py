"""`flask alerts forget` deletes what is kept about one value, and says what it cannot reach."""

import os
import subprocess
import sys
from pathlib import Path

from flask.testing import FlaskCliRunner

from alerting.records.record import Filter
from alerting.records.store import RecordStore
from flaskapp.settings import WebSettings
from tests.flaskapp.alerts_cli.conftest import Keep
from tests.flaskapp.conftest import LogLines

ROOT = Path(__file__).parents[3]
MASKED = "ALERT TYPE: phone\nTIME: 2025-05-09_13-58-40\nDATA: {'phone': '***67'}\n"


def ids(records: RecordStore) -> set[str]:
    """Return the ids of all alerts."""
    return {one.alert.id for one in records.page(Filter(), limit=99).records}


def test_forgets_every_form_of_a_value(
    runner: FlaskCliRunner,
    keep: Keep,
    records: RecordStore,
    settings: WebSettings,
    log_lines: LogLines,
) -> None:
    """Alerts and reports about the value go, the others stay, and the value is shown nowhere."""
    keep({"phone": "+380961234567", "email": "ann@example.com"})
    keep({"note": "call 096 123-45-67"})
    other = keep({"phone": "+380961234568"})
    result = runner.invoke(args=["alerts", "forget", "--yes"], input="+38 (096) 123 45 67\n")
    assert result.exit_code == 0
    assert ids(records) == {other.alert.id}
    (report,) = settings.error_reports.iterdir()
    assert other.alert.id in report.name
    assert "About this phone: 2 alerts, 2 reports." in result.stderr
    assert "Deleted: 2 alerts, 2 reports." in result.stderr
    assert "Not reached: " in result.stderr
    assert "value forgotten kind=phone alerts=2 reports=2" in log_lines()[-1]
    assert not [text for text in (result.output, *log_lines()) if "45" in text and "123" in text]


def test_deletes_nothing_unless_told(
    runner: FlaskCliRunner, keep: Keep, records: RecordStore, settings: WebSettings
) -> None:
    """Where nobody can be asked, the command says what there is, and fails."""
    keep({"email": "ann@example.com"})
    result = runner.invoke(args=["alerts", "forget"], input="ann@EXAMPLE.com")
    assert result.exit_code == 1
    assert "About this email: 1 alert, 1 report." in result.stderr
    assert "--yes" in result.stderr
    assert len(ids(records)) == len([*settings.error_reports.iterdir()]) == 1


def test_a_report_alone_is_deleted_too(
    runner: FlaskCliRunner, keep: Keep, records: RecordStore, settings: WebSettings
) -> None:
    """A report whose alert is no longer in the database is found by what it holds."""
    keep({"email": "ann@example.com"})
    records.prune(keep=0)
    result = runner.invoke(args=["alerts", "forget", "--yes"], input="ann@example.com")
    assert "Deleted: 0 alerts, 1 report." in result.stderr
    assert [*settings.error_reports.iterdir()] == []


def test_names_what_it_cannot_judge(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """Masked reports and unreadable ones are named and kept."""
    (settings.error_reports / "alert_2025-05-09_13-58-40.txt").write_text(MASKED)
    (settings.error_reports / "alert_2025-05-10_13-58-40.txt").write_text(MASKED[:-5])
    result = runner.invoke(args=["alerts", "forget", "--yes"], input="+380961234567")
    assert result.exit_code == 0
    masked, _, unreadable = result.stderr.partition("Not readable")
    assert "alert_2025-05-09_13-58-40.txt" in masked
    assert "alert_2025-05-10_13-58-40.txt" in unreadable
    assert len([*settings.error_reports.iterdir()]) == 2


def test_names_other_kinds_of_the_same_value(
    runner: FlaskCliRunner, keep: Keep, records: RecordStore
) -> None:
    """A value that was taken for something else elsewhere is not forgotten in silence."""
    record = keep({"tax_id": "3334445550"})
    assert record.alert.kinds == ("ua_tax_id",)
    result = runner.invoke(args=["alerts", "forget", "--kind", "card"], input="3334445550")
    assert "run this again with --kind ua_tax_id" in result.stderr
    assert len(ids(records)) == 1


def test_reads_the_reports_before_it_deletes(
    runner: FlaskCliRunner, keep: Keep, records: RecordStore, settings: WebSettings
) -> None:
    """When the folder of reports cannot be read, that is one line, and nothing is deleted."""
    keep({"email": "ann@example.com"})
    settings.error_reports.rename(settings.error_reports.with_name("moved"))
    settings.error_reports.write_text("no folder")
    result = runner.invoke(args=["alerts", "forget", "--yes"], input="ann@example.com")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {settings.error_reports}: Not a directory\n"
    assert len(ids(records)) == 1


def test_a_value_is_recognised_or_named(runner: FlaskCliRunner) -> None:
    """What is not one value is refused, and not repeated."""
    result = runner.invoke(args=["alerts", "forget"], input="ann@example.com bob@example.com")
    assert result.exit_code == 1
    assert "--kind" in result.stderr
    assert "ann@" not in result.output


def test_asks_a_person(settings: WebSettings, keep: Keep, records: RecordStore) -> None:
    """On a terminal the value is asked for and not shown, and so is whether to delete."""
    keep({"email": "ann@example.com"})
    assert b"Deleted" not in dialogue(settings, b"n\n")
    assert len(ids(records)) == 1
    assert b"Deleted: 1 alert, 1 report." in dialogue(settings, b"y\n")
    assert ids(records) == set()


def dialogue(settings: WebSettings, answer: bytes) -> bytes:
    """Forget a value on a terminal, and return all that was to be seen there."""
    on_a_terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    flask = Path(sys.executable).with_name("flask")
    with subprocess.Popen(
        [sys.executable, "-c", on_a_terminal, flask, "alerts", "forget"],
        env=os.environ | {"PIIGATE_HOME": str(settings.error_reports.parent)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        shown = b""
        for prompt, typed in ((b"Value: ", b"ann@example.com\n"), (b"[y/N]: ", answer)):
            while not shown.endswith(prompt):
                read = os.read(process.stdout.fileno(), 1024)
                assert read, shown
                shown += read
            process.stdin.write(typed)
            process.stdin.flush()
        shown += process.stdout.read()
    assert b"ann@" not in shown
    return shown
