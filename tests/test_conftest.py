"""How a run of the tests is judged and measured."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.gateway import CHECKOUT, environment

_TESTS = """
import pytest

def test_passes():
    print("half a character: \\udd2a")

def test_skips_itself():
    pytest.skip("no such part here")

@pytest.mark.skipif(True, reason="no such mark here")
def test_is_marked():
    pass

@pytest.fixture
def part():
    pytest.skip("no such fixture here")

def test_needs_a_part(part):
    pass

@pytest.mark.xfail
def test_is_expected_to_fail():
    assert False
"""
_SKIPPED_MODULE = 'import pytest\n\npytest.skip("no such module here", allow_module_level=True)\n'
_REASONS = ("part", "mark", "fixture", "module")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with tests that skip in every way there is."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_parts.py").write_text(_TESTS)
    (tmp_path / "test_module.py").write_text(_SKIPPED_MODULE)
    return tmp_path


def _run(folder: Path, *more: str, require_all: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-rs", "--continue-on-collection-errors", *more, str(folder)],
        cwd=CHECKOUT,
        env=environment({"REQUIRE_ALL": require_all}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_skip_is_a_failure_where_all_is_required(folder: Path) -> None:
    """Whatever the way to skip, it does not pass and says why; an expected failure stays one."""
    run = _run(folder, require_all="1")
    assert run.returncode == 1
    assert "1 failed, 1 passed, 1 xfailed, 3 errors" in run.stdout
    for missing in _REASONS:
        assert f"nothing may be missing. Skipped: no such {missing} here" in run.stdout


@pytest.mark.parametrize("require_all", ["", "0"])
def test_a_skip_is_a_skip_elsewhere(folder: Path, require_all: str) -> None:
    """On a machine that lacks a part the rest is tested."""
    run = _run(folder, require_all=require_all)
    assert run.returncode == 0
    assert "1 passed, 4 skipped, 1 xfailed" in run.stdout


def test_what_a_killed_process_measured_is_dropped(folder: Path) -> None:
    """A file that was cut off is gone before anybody combines it; others stay."""
    whole, begun, cut = (folder / f".coverage.{name}" for name in ("whole", "begun", "cut"))
    for path, rows in (whole, 1), (begun, 0):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE coverage_schema (version)")
            database.executemany("INSERT INTO coverage_schema VALUES (?)", [(7,)] * rows)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    _run(folder)
    assert [path for path in (whole, begun, cut) if path.exists()] == [whole]


def test_any_text_reaches_the_process_that_gathers_the_reports(folder: Path) -> None:
    """What a test prints may hold half characters where tests share their work."""
    assert "1 passed, 4 skipped, 1 xfailed" in _run(folder, "-n", "1").stdout
