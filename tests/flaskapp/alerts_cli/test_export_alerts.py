"""`flask alerts export` writes the lines of the API's export, a file whole or not at all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient, FlaskCliRunner

from alerting.records.record import Filter
from alerting.records.store import RecordStore
from flaskapp.settings import WebSettings
from tests.alerting.records.conftest import record_of
from tests.flaskapp.conftest import Auth

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_exports_what_the_api_exports(
    runner: FlaskCliRunner, records: RecordStore, client: FlaskClient, auth: Auth, form: str
) -> None:
    """The lines of the same filter are the same, byte for byte."""
    records.add([record_of(0), record_of(1, kind="iban", caller="Іван"), record_of(2)])
    result = runner.invoke(args=["alerts", "export", "--format", form, "--kind", "iban"])
    answer = client.get(f"/alerts.{form}?kind=iban", headers=auth("reviewer"))
    assert result.stdout_bytes == answer.data
    assert "Іван".encode() in answer.data


def test_a_file_is_for_its_owner(
    runner: FlaskCliRunner, records: RecordStore, tmp_path: Path
) -> None:
    """The file has all lines, replaces what was there and is readable by its owner only."""
    records.add(map(record_of, range(3)))
    path = tmp_path / "alerts.csv"
    path.write_text("old")
    result = runner.invoke(args=["alerts", "export", "--output", str(path)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(path.read_text().splitlines()) == 4
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_is_whole_or_not_there(
    runner: FlaskCliRunner, records: RecordStore, tmp_path: Path
) -> None:
    """When the database fails, what was there before stays, and no draft is left."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "alerts.csv").write_text("old")
    records.page(Filter(), limit=1)
    with records.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE alerts RENAME TO gone")
    result = runner.invoke(args=["alerts", "export", "--output", str(folder / "alerts.csv")])
    assert result.exit_code == 1
    assert [path.read_text() for path in folder.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/dev/null", "no file"), ("none/alerts.csv", "No such file or directory")],
)
def test_says_where_it_cannot_write(
    runner: FlaskCliRunner, path: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device is not replaced by a file, and what fails is one line."""
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(args=["alerts", "export", "--output", path])
    assert result.exit_code == 1
    assert reason in result.stderr
    assert Path("/dev/null").is_char_device()


def test_a_reader_may_leave(settings: WebSettings, records: RecordStore) -> None:
    """Who reads the first lines only, as head does, sees no complaint."""
    records.add(map(record_of, range(2000)))
    with subprocess.Popen(
        [Path(sys.executable).with_name("flask"), "alerts", "export"],
        env=os.environ | {"PIIGATE_HOME": str(settings.error_reports.parent)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"alert_id,")
        process.stdout.close()
        assert process.stderr.read() == b""
