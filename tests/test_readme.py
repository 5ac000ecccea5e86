"""What the README says to type works, and what it shows is what one reads."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway import CHECKOUT, eventually
from tests.readme_reader import Reader

Follow = Callable[[str], Reader]


def _copy_checkout(target: Path) -> Path:
    """Copy what a clone would hold; the environment of these tests counts as its own."""
    data = ("instance", "logs", "error_reports")
    left_out = shutil.ignore_patterns(*data, ".*", "*.egg-info", "__pycache__", "build", "dist")
    shutil.copytree(CHECKOUT, target, ignore=left_out)
    for folder in data:
        (target / folder).mkdir()
    (target / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (target / ".venv" / part.name).symlink_to(part)
    stamp = target / ".venv" / "installed"
    stamp.unlink(missing_ok=True)
    stamp.touch()
    return target


@pytest.fixture
def follow(tmp_path: Path) -> Iterator[Follow]:
    """Follow a section of the README in a fresh copy; what it starts is stopped after the test."""
    readers: list[Reader] = []

    def run(section: str) -> Reader:
        readers.append(Reader(_copy_checkout(tmp_path / "copy")))
        readers[-1].follow(section)
        return readers[-1]

    yield run
    for reader in readers:
        reader.stop()


def test_the_start_shows_what_the_readme_shows(follow: Follow) -> None:
    """Banner, answers, report and log are those of the README; Ctrl-C ends all with no error."""
    reader = follow("Start")
    reader.stop()
    assert "Stopping: what is under way is finished first." in reader.screen("make run")
    assert "ERROR" not in (reader.copy / "logs" / "app.log").read_text("utf-8")


def test_the_examples_of_plugins_work(follow: Follow) -> None:
    """The task, the recognizer and the sink of the README do what it shows."""
    reader = follow("Add your own")
    assert len(list((reader.copy / "error_reports").glob("alert_*.txt"))) == 1


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server on PATH")
def test_each_part_runs_by_itself(follow: Follow) -> None:
    """Redis, both forms of the worker and the gateway work together, with a token of one's own."""
    reader = follow("Each part by itself")
    # An idle worker waits in line: as many calls as workers make each of them run a job.
    calls = [reader.repeat("curl") for _worker in range(2)]
    assert [json.loads(call)["status"] for call in calls] == ["finished"] * 2
    written = reader.copy / "logs" / "app.log"
    # The line of a job follows its answer.
    eventually(lambda: len(_ended(written)) >= 3, within_s=30, what="a line for each job")
    started = re.findall(r"tasks\.worker(\[\d+\]) worker started", written.read_text("utf-8"))
    assert len(set(started)) == 2
    assert len(_ended(written)) == 3


def _ended(log: Path) -> list[str]:
    return re.findall(r" job .* caller=ci .* status=finished", log.read_text("utf-8"))
