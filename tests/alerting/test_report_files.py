"""Reports that are too old or too many go, and nothing else does."""

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.report import local_time, render
from alerting.report_files import prune_reports, report_files
from tests.alerting.test_alert import alert

MOMENT = datetime(2025, 5, 9, 10, 58, 40, tzinfo=UTC)
TEXT = render(replace(alert("email"), recorded_at=MOMENT), {"email": "test@example.com"})


def write(folder: Path, *, days: int = 0, suffix: str = "") -> Path:
    """Write a report that says that it is some days younger than the moment."""
    path = folder / f"alert_{local_time(MOMENT + timedelta(days=days))}{suffix}.txt"
    path.write_text(TEXT)
    return path


def test_old_reports_go(tmp_path: Path) -> None:
    """The time in the name decides, up to the moment and not with it."""
    old = (
        write(tmp_path),
        write(tmp_path, suffix="_0123abcd"),
        write(tmp_path, suffix=f"_{'a' * 32}"),
    )
    young = write(tmp_path, days=1)
    os.utime(young, (0, 0))
    assert prune_reports(tmp_path, before=MOMENT) == 0
    assert prune_reports(tmp_path, before=MOMENT + timedelta(days=1)) == len(old)
    assert [*tmp_path.iterdir()] == [young]


def test_the_newest_reports_stay(tmp_path: Path) -> None:
    """All but so many go, oldest first, and age and number may go together."""
    paths = [write(tmp_path, days=day) for day in range(5)]
    assert prune_reports(tmp_path, keep=9) == 0
    assert prune_reports(tmp_path, keep=3) == 2
    assert sorted(tmp_path.iterdir()) == paths[2:]
    assert prune_reports(tmp_path, before=MOMENT + timedelta(days=4), keep=2) == 2
    assert prune_reports(tmp_path, keep=0) == 1
    assert report_files(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "alert_2025-05-09_13-58-40.txt.bak",
        "alert_2025-13-09_13-58-40.txt",
        "alert_2025-05-09_13-58-40_notes.txt",
        "alert_2025-05-09.txt",
        "Alert_2025-05-09_13-58-40.txt",
        ".gitkeep",
    ],
)
def test_other_names_are_left_alone(tmp_path: Path, name: str) -> None:
    """A file that is not called as a report is none, whatever it holds."""
    (tmp_path / name).write_text(TEXT)
    assert prune_reports(tmp_path, keep=0) == 0
    assert (tmp_path / name).exists()


def test_what_is_only_called_so_is_left_alone(tmp_path: Path) -> None:
    """A text that is no report, a folder and a link stay, and so does what the link leads to."""
    write(tmp_path).write_text("Dear diary")
    write(tmp_path, days=1).unlink()
    (tmp_path / f"alert_{local_time(MOMENT + timedelta(days=1))}.txt").mkdir()
    elsewhere = tmp_path / "kept.txt"
    elsewhere.write_text(TEXT)
    (tmp_path / "alert_2025-05-01_00-00-00.txt").symlink_to(elsewhere)
    before = sorted(tmp_path.iterdir())
    assert prune_reports(tmp_path, keep=0) == 0
    assert sorted(tmp_path.iterdir()) == before


def test_a_draft_that_nobody_finishes_is_a_report(tmp_path: Path) -> None:
    """What a killed process left goes with its age; one that may be being written does not."""
    draft = tmp_path / ".alert_abcd_12x"
    draft.write_text(TEXT)
    assert prune_reports(tmp_path, keep=0) == 0
    hours_ago = time.time() - 2 * 3600
    os.utime(draft, (hours_ago, hours_ago))
    assert prune_reports(tmp_path, before=MOMENT) == 0
    assert prune_reports(tmp_path, keep=0) == 1


def test_without_a_folder_there_are_none(tmp_path: Path) -> None:
    """An installation that never wrote a report has none to prune."""
    assert prune_reports(tmp_path / "none", keep=0) == 0
