"""The quick way into the log's file: taken while nothing happens to it, and left in time."""

import logging
import os
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from alerting.log_file import SharedFile


class Watched(SharedFile):
    """Counts what went into the file by the library."""

    by_library = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count, and emit."""
        self.by_library += 1
        super().emit(record)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the file."""
    return tmp_path / "app.log"


@pytest.fixture
def file(path: Path) -> Iterator[Watched]:
    """Return a file that is never full and has its first line."""
    opened = Watched(path, max_bytes=0, backups=9)
    opened.append("first")
    yield opened
    opened.close()


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file."""
    return path.read_text(encoding="utf-8").splitlines()


def append_many(path: Path, letter: str, both: Barrier) -> None:
    """Append twenty long lines of one letter, while the other process does."""
    file = SharedFile(path, max_bytes=0, backups=1)
    both.wait(timeout=30)
    for _ in range(20):
        file.append(letter * 200_000)


def test_library_opens_the_file_and_is_needed_no_more(file: Watched, path: Path) -> None:
    """The lines after the first go the quick way, several at once too."""
    file.append("second\nthird")
    file.append("пошта")
    assert lines_of(path) == ["first", "second", "third", "пошта"]
    assert file.by_library == 1


def test_file_that_somebody_rotated_is_left(file: Watched, path: Path) -> None:
    """A line goes to the new file, even where the old one is still open; then quickly again."""
    other = SharedFile(path, max_bytes=1, backups=9)
    other.append("second")
    other.close()
    file.append("third")
    file.append("fourth")
    assert lines_of(path) == ["second", "third", "fourth"]
    assert lines_of(path.with_name("app.log.1")) == ["first"]
    assert file.by_library == 2


def test_file_that_somebody_removed_is_made_anew(file: Watched, path: Path) -> None:
    """No line goes to a file without a name."""
    path.unlink()
    file.append("second")
    file.append("third")
    assert lines_of(path) == ["second", "third"]
    assert file.by_library == 2


def test_full_file_is_rotated(path: Path) -> None:
    """The quick way fills the file no further than the line that reaches the limit."""
    file = Watched(path, max_bytes=100, backups=9)
    lines = [f"{number:09}" for number in range(35)]
    for line in lines:
        file.append(line)
    file.close()
    parts = sorted(path.parent.glob("app.log*"), reverse=True)
    assert [line for part in parts for line in lines_of(part)] == lines
    assert all(part.stat().st_size <= 110 for part in parts)
    assert file.by_library == len(parts) == 4


def test_child_opens_the_file_for_itself(file: Watched, path: Path) -> None:
    """A lock that was opened before a fork keeps parent and child apart from others alone."""
    child = os.fork()
    if not child:
        try:
            file.append("child")
        finally:
            os._exit(file.by_library)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    file.append("parent")
    assert lines_of(path) == ["first", "child", "parent"]
    assert file.by_library == 1


def test_lines_of_two_processes_are_whole(path: Path) -> None:
    """However long they are, no line stands inside another."""
    context = get_context("spawn")
    both = context.Barrier(2)
    writers = [context.Process(target=append_many, args=(path, letter, both)) for letter in "ab"]
    for one in writers:
        one.start()
    for one in writers:
        one.join(timeout=60)
    assert [one.exitcode for one in writers] == [0, 0]
    assert Counter(lines_of(path)) == {"a" * 200_000: 20, "b" * 200_000: 20}
