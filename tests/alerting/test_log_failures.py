"""The log when its file is taken away, closed or full: the work goes on."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alerting import log
from alerting.log_file import LogFile
from alerting.settings import AlertingSettings
from tests.alerting.conftest import ReadLog

LOGGER = logging.getLogger("piigate.tests")

# Logs more than the system lets it write, and goes on.
ON_A_SMALL_DISK = """
import logging, resource, sys
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

log.configure(AlertingSettings.load(log_file=Path(sys.argv[1]) / "app.log"), stderr=False)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
for number in range(50):
    log.event(logging.getLogger("writer"), "counted", mail="ann@example.com", number=number)
print("done")
"""


def test_file_that_somebody_took_away_is_made_anew(
    settings: AlertingSettings, read_log: ReadLog
) -> None:
    """A line goes to the file that has the name, not to the one that had it."""
    path = settings.log_file
    assert path
    log.event(LOGGER, "first")
    log.event(LOGGER, "second")
    path.rename(path.with_suffix(".old"))
    log.event(LOGGER, "third")
    log.event(LOGGER, "fourth")
    assert [line.rpartition(" ")[2] for line in read_log()] == ["third", "fourth"]
    path.unlink()
    path.write_text("", encoding="utf-8")
    log.event(LOGGER, "fifth")
    assert [line.rpartition(" ")[2] for line in read_log()] == ["fifth"]
    old = path.with_suffix(".old").read_text(encoding="utf-8")
    assert [line.rpartition(" ")[2] for line in old.splitlines()] == ["first", "second"]


def test_line_after_the_end_reaches_the_file(settings: AlertingSettings, read_log: ReadLog) -> None:
    """Whoever still holds a handler that was closed writes no line where it does not belong."""
    log.event(LOGGER, "first")
    (handler,) = (one for one in logging.getLogger().handlers if isinstance(one, LogFile))
    handler.close()
    assert settings.log_file
    with settings.log_file.with_name("other").open("w", encoding="utf-8") as other:
        log.event(LOGGER, "late")
        assert Path(other.name).stat().st_size == 0
    assert [line.rpartition(" ")[2] for line in read_log()] == ["first", "late"]


def test_a_log_folder_that_vanishes_is_told_and_waited_for(
    settings: AlertingSettings, read_log: ReadLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """Losing the folder stops nothing and is told once; when it is back, lines are written."""
    assert settings.log_file
    shutil.rmtree(settings.log_file.parent)
    for _ in range(2):
        log.event(LOGGER, "lost", caller="ann@example.com")
    path = settings.log_file
    told = f"piigate: log lines are lost, {path} fails: FileNotFoundError ENOENT\n"
    assert capsys.readouterr().err.endswith(told)
    path.parent.mkdir()
    log.event(LOGGER, "back")
    assert len(read_log()) == 1


def test_a_log_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    """On a full disk the work goes on; stderr tells it once and shows no record."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ON_A_SMALL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout == "done\n"
    path = tmp_path / "app.log"
    told = [line for line in done.stderr.splitlines() if line.startswith("piigate")]
    assert told == [f"piigate: log lines are lost, {path} fails: OSError EFBIG"]
    assert "ann@" not in done.stderr
    assert path.stat().st_mode & 0o777 == 0o640
