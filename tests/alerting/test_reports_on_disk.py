"""Reports and the disk: they are brought to it, and where it refuses, nothing of them is there."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from alerting.reports import Reports, _syncfs
from tests.alerting.test_reports import alert_of

PAYLOADS = [f"{name}@example.com" for name in "abcde"]

# Writes a report together with one that does not fit, then one that does; prints what happened.
ON_A_SMALL_DISK = """
import os, resource, sys
from pathlib import Path
from alerting.reports import Reports
from tests.alerting.test_alert import alert

folder, limit = Path(sys.argv[1]), int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sink = Reports(folder, data="raw")
try:
    sink.write([sink.text_of(alert("email"), text) for text in ("x", "x" * 1_000_000)])
except OSError as error:
    print(error.errno, len(os.listdir(folder)))
sink(alert("email"), "x")
print([path.read_text().splitlines()[2] for path in folder.iterdir()])
"""


def write_in_bulk(folder: Path) -> None:
    """Write a report of each payload as a job does that nobody waits for."""
    sink = Reports(folder, data="raw")
    sink.write([sink.text_of(alert_of(one), one) for one in PAYLOADS], in_bulk=True)


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Return a list of the descriptors that are flushed from now on."""
    descriptors: list[int] = []
    flush = os.fsync

    def note(descriptor: int) -> None:
        descriptors.append(descriptor)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    _syncfs.cache_clear()
    yield descriptors
    _syncfs.cache_clear()


@pytest.mark.parametrize(("release", "each"), [("6.1.0-13-amd64", 0), ("5.4.0", 5), ("new", 5)])
def test_files_are_flushed_one_by_one_where_a_file_system_tells_of_no_failure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flushed: list[int],
    *,
    release: str,
    each: int,
) -> None:
    """A kernel before 5.8 keeps to itself what it could not write of a whole file system."""
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    write_in_bulk(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(PAYLOADS)
    assert len(flushed) == each + 1  # The folder is flushed in any case.


def test_files_are_flushed_one_by_one_where_their_file_system_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flushed: list[int]
) -> None:
    """What a sandbox forbids, or what is wrong with other files, costs time and no report."""
    monkeypatch.setattr("alerting.reports._syncfs", lambda: lambda _folder: -1)
    write_in_bulk(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(PAYLOADS)
    assert len(flushed) == len(PAYLOADS) + 1


def test_a_disk_that_takes_nothing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file cannot be flushed that is raised, and none of the reports is there."""

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("alerting.reports._syncfs", lambda: None)
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_in_bulk(tmp_path)
    assert list(tmp_path.iterdir()) == []


def run_on_small_disk(folder: Path, *, limit: int, before: tuple[str, ...] = ()) -> list[str]:
    """Run the script in a process of its own and return what it printed."""
    done = subprocess.run(
        [*before, sys.executable, "-c", ON_A_SMALL_DISK, str(folder), str(limit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_write_cut_short_leaves_nothing(tmp_path: Path) -> None:
    """When the system refuses the rest of a report, neither it stays nor those beside it."""
    assert run_on_small_disk(tmp_path, limit=65_536) == [f"{errno.EFBIG} 0", "[\"DATA: 'x'\"]"]


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """On a real file system without room, no part of the report stays; the next is written."""
    mount = 'mount -t tmpfs -o size=128k tmpfs "$0" && exec "$@"'
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(tmp_path))
    if not shutil.which("unshare") or subprocess.run([*before, "true"], check=False).returncode:
        # Not a missing part: the machine forbids it, so it must not count as a skip.
        pytest.xfail("no mount is allowed here; the test above cuts the write by a limit instead")
    found = run_on_small_disk(tmp_path, limit=0, before=before)
    assert found == [f"{errno.ENOSPC} 0", "[\"DATA: 'x'\"]"]


@pytest.fixture
def unwritable() -> Iterator[tuple[Path, Callable[[], None]]]:
    """Return a folder nobody may write to, and a function that gives up root's right to do so."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()

    def obey() -> None:
        if user == 0:
            os.seteuid(65534)

    yield folder, obey
    os.seteuid(user)
    folder.rmdir()


def test_a_folder_that_cannot_be_written_raises(
    unwritable: tuple[Path, Callable[[], None]],
) -> None:
    """Where the folder refuses new files the sink raises, and leaves nothing."""
    folder, obey = unwritable
    obey()
    with pytest.raises(PermissionError):
        Reports(folder, data="raw")(alert_of("ann@example.com"), "ann@example.com")
    assert list(folder.iterdir()) == []
