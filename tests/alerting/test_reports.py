"""Reports in a folder: one file each, named after its time, whole or not at all."""

import errno
import multiprocessing
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerting.alert import Alert
from alerting.detector import scan
from alerting.engine import open_reports
from alerting.finding import JsonValue
from alerting.report import local_time, render
from alerting.reports import Reports
from alerting.settings import AlertingSettings
from tests.alerting.test_alert import alert

MOMENT = datetime(2025, 5, 9, 10, 58, 40, tzinfo=UTC)


def alert_of(payload: JsonValue) -> Alert:
    """Return the alert about a payload, always of the same second."""
    return replace(alert("email"), recorded_at=MOMENT, findings=tuple(scan(payload)))


def write_five(folder: Path, process: int) -> None:
    """Write five reports that all want the same name."""
    sink = Reports(folder, data="raw")
    for number in range(5):
        payload: JsonValue = {"mail": "ann@example.com", "number": process * 5 + number}
        sink(alert_of(payload), payload)


def test_a_report_is_named_after_its_local_time_and_private(tmp_path: Path) -> None:
    """The first alert of a second gets the plain name, and only the owner can read it."""
    payload: JsonValue = {"mail": "ann@example.com"}
    Reports(tmp_path, data="raw")(alert_of(payload), payload)
    (path,) = tmp_path.iterdir()
    assert path.name == f"alert_{local_time(MOMENT)}.txt"
    assert path.read_text(encoding="utf-8") == render(alert_of(payload), payload)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("together", [1, 3])
def test_a_taken_name_gets_the_short_id_and_then_the_whole_id(
    tmp_path: Path, *, together: int
) -> None:
    """Reports never replace each other, not even where two ids end alike."""
    stem = f"alert_{local_time(MOMENT)}"
    sink = Reports(tmp_path, data="raw")
    ids = ["a" * 32, "b" * 32, "c" * 24 + "b" * 8]
    texts = [sink.text_of(replace(alert_of("ann@example.com"), id=one), one) for one in ids]
    for first in range(0, len(texts), together):
        sink.write(texts[first : first + together])
    names = [f"{stem}.txt", f"{stem}_{'b' * 8}.txt", f"{stem}_{ids[2]}.txt"]
    assert [(tmp_path / name).read_text().splitlines()[2] for name in names] == [
        f"DATA: {one!r}" for one in ids
    ]


@pytest.mark.parametrize("in_bulk", [True, False])
@pytest.mark.parametrize("is_named_later", [True, False])
def test_reports_that_are_written_together_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_named_later: bool, in_bulk: bool
) -> None:
    """However many there are, each has a file of its own, and no draft is left."""
    if not is_named_later:
        monkeypatch.delattr(os, "O_TMPFILE")
    sink = Reports(tmp_path, data="raw")
    payloads: list[JsonValue] = [{"mail": "ann@example.com", "number": n} for n in range(300)]
    sink.write([sink.text_of(alert_of(one), one) for one in payloads], in_bulk=in_bulk)
    reports = [path.read_text(encoding="utf-8") for path in tmp_path.glob("alert_*.txt")]
    assert sorted(reports) == sorted(render(alert_of(one), one) for one in payloads)
    assert len(list(tmp_path.iterdir())) == len(payloads)


def test_alerts_of_one_moment_have_short_names(tmp_path: Path) -> None:
    """Ids that begin with the same time have ends of their own."""
    sink = Reports(tmp_path, data="raw")
    sink.write([sink.text_of(alert_of("ann@example.com"), number) for number in range(50)])
    plain = f"alert_{local_time(MOMENT)}"
    endings = {path.stem.removeprefix(plain) for path in tmp_path.iterdir()}
    assert len(endings) == 50
    assert {len(one) for one in endings} == {0, len("_12345678")}


def test_reports_are_written_where_no_nameless_file_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox that refuses the names costs a second writing, once, and no report."""
    link = os.link
    refused: list[str] = []

    def refuse(source: str, name: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if source.startswith("/proc/"):
            refused.append(name)
            raise PermissionError(errno.EPERM, "refused")
        link(source, name, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "link", refuse)
    sink = Reports(tmp_path, data="raw")
    payloads: list[JsonValue] = [{"mail": "ann@example.com", "number": n} for n in range(70)]
    sink.write([sink.text_of(alert_of(one), one) for one in payloads])
    reports = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    assert sorted(reports) == sorted(render(alert_of(one), one) for one in payloads)
    assert len(refused) == 1


def test_processes_in_one_second_never_share_a_file(tmp_path: Path) -> None:
    """Eight processes that write forty reports of one second make forty whole files."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_five, args=(tmp_path, n)) for n in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.exitcode for writer in writers] == [0] * 8
    reports = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    payloads: list[JsonValue] = [{"mail": "ann@example.com", "number": n} for n in range(40)]
    assert sorted(reports) == sorted(render(alert_of(one), one) for one in payloads)


def test_a_masked_report_shows_no_value(tmp_path: Path) -> None:
    """With ``data="masked"`` the values are masked, in names and numbers too."""
    payload: JsonValue = {"ann@example.com": [380671234567, "bob@example.com", "kept"]}
    Reports(tmp_path, data="masked")(alert_of(payload), payload)
    (path,) = tmp_path.iterdir()
    report = path.read_text(encoding="utf-8")
    assert "'kept'" in report
    assert not any(raw in report for raw in ("ann@", "bob@", "67123456"))


def test_the_settings_choose_folder_and_masking(tmp_path: Path) -> None:
    """The sink that the settings ask for makes the folder where it is missing."""
    folder = tmp_path / "new" / "reports"
    sink = open_reports(AlertingSettings.load(error_reports=folder, alert_data="masked"))
    assert sink
    sink(alert_of("ann@example.com"), "ann@example.com")
    (path,) = folder.iterdir()
    assert "ann@" not in path.read_text(encoding="utf-8")
