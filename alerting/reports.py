"""The report of every alert as a text file of its own. Knows neither callers nor tasks.

A report is there whole or not at all, and it is on the disk before the call returns: the text goes
to a file of the same folder without a name, or a hidden one where the system has no such files or
refuses to name them later, is flushed to the disk, and only then linked to its name.
:func:`os.link` never replaces a file, so alerts of the same second, in any number of processes,
get names of their own. The folder must therefore lie on a file system with hard links.

Flushing is what costs. Reports that are written together are on their way to the disk before the
first of them is waited for, and the names of all of them are flushed at once. Where nobody waits
for them, their whole file system is flushed instead: that takes the processor half the time, but as
long as the disk needs for what all others have written.
"""

import ctypes
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.report import local_time, render

IN_BULK = 128
"""How many reports are written together where nobody waits for them.

All of them are there or none, unless the process dies. They are open meanwhile, and some systems
let a process have no more than 256 files.
"""

# A gateway has few to spare beside its connections.
_TOGETHER = 32
_OPEN_FILES = "/proc/self/fd"


class ReportText(NamedTuple):
    """A report that is to be written."""

    alert: Alert
    content: bytes


class Reports:
    """Writes reports into a folder; with ``data="masked"`` they show no personal value."""

    def __init__(self, folder: Path, *, data: Literal["raw", "masked"]) -> None:
        self._folder = folder
        self._is_masked = data == "masked"
        self._is_hidden = False  # Set where the system refuses to name a file that has no name.

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Write the report of an alert, readable by its owner only; raises OSError."""
        self.write([self.text_of(alert, payload)])

    def text_of(self, alert: Alert, payload: JsonValue) -> ReportText:
        """Return the report of an alert about a payload."""
        data = masked(payload, alert.findings) if self._is_masked else payload
        return ReportText(alert, render(alert, data).encode())

    def write(self, texts: Sequence[ReportText], *, in_bulk: bool = False) -> None:
        """Write reports, ``in_bulk`` where nobody waits for them; raises OSError."""
        together = IN_BULK if in_bulk else _TOGETHER
        folder = self._open_folder()
        try:
            for first in range(0, len(texts), together):
                some = texts[first : first + together]
                while not _write_some(folder, some, is_hidden=self._is_hidden, in_bulk=in_bulk):
                    self._is_hidden = True
            os.fsync(folder)  # New names in it survive a power cut.
        finally:
            os.close(folder)

    def _open_folder(self) -> int:
        with suppress(FileNotFoundError, NotADirectoryError):  # The next line says it better.
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)


def _write_some(
    folder: int, texts: Sequence[ReportText], *, is_hidden: bool, in_bulk: bool
) -> bool:
    """Write reports; return False, with nothing written, if nameless drafts can have no names."""
    drafts: list[tuple[int, str | None]] = []
    taken: set[str] = set()
    try:
        for text in texts:
            draft = _begin(folder, is_hidden=is_hidden)
            drafts.append(draft)
            _write(draft[0], text.content)
        _flush(folder, [descriptor for descriptor, _ in drafts], in_bulk=in_bulk)
        for number, (draft, text) in enumerate(zip(drafts, texts, strict=True)):
            try:
                _name(draft, folder, text.alert, taken)
            except FileExistsError:
                raise
            except OSError:
                if number or draft[1]:
                    raise
                return False
    finally:
        for descriptor, hidden in drafts:
            os.close(descriptor)
            if hidden:
                os.unlink(hidden, dir_fd=folder)
    return True


def _begin(folder: int, *, is_hidden: bool) -> tuple[int, str | None]:
    """Return a new file of mode 0600, without a name where the system can give it one later."""
    if not is_hidden and hasattr(os, "O_TMPFILE") and _has_open_files():
        with suppress(OSError):  # Not every file system has such files.
            return os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600, dir_fd=folder), None
    hidden = f".alert_{secrets.token_hex(4)}"
    return os.open(hidden, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600, dir_fd=folder), hidden


@cache
def _has_open_files() -> bool:
    return Path(_OPEN_FILES).is_dir()


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _flush(folder: int, descriptors: Sequence[int], *, in_bulk: bool) -> None:
    """Bring files of a folder to the disk: all are on their way before the first is waited for."""
    flush_all = _syncfs() if in_bulk else None
    if flush_all and flush_all(folder) == 0:
        return  # Otherwise the files themselves say what is wrong with them, if anything is.
    if sys.platform == "linux":
        for one in descriptors:
            os.posix_fadvise(one, 0, 0, os.POSIX_FADV_DONTNEED)
    for one in descriptors:
        os.fsync(one)


@cache
def _syncfs() -> Callable[[int], int] | None:
    """Return what flushes the file system of a folder, where that tells of what failed.

    It does since Linux 5.8, as its manual page says.
    """
    version = re.match(r"(\d+)\.(\d+)", os.uname().release) if sys.platform == "linux" else None
    if not version or tuple(map(int, version.groups())) < (5, 8):
        return None
    return getattr(ctypes.CDLL(None), "syncfs", None)


def _name(draft: tuple[int, str | None], folder: int, alert: Alert, taken: set[str]) -> None:
    """Give the draft the first of its names that is free; a whole id is always free.

    No name is tried that is ``taken``; what is tried is taken from then on. An id begins with its
    time, so its end is what is short and its own.
    """
    descriptor, hidden = draft
    source = hidden or f"{_OPEN_FILES}/{descriptor}"
    stem = f"alert_{local_time(alert.recorded_at)}"
    for name in (f"{stem}.txt", f"{stem}_{alert.id[-8:]}.txt"):
        if name in taken:
            continue
        taken.add(name)
        with suppress(FileExistsError):
            os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder)
            return
    os.link(source, f"{stem}_{alert.id}.txt", src_dir_fd=folder, dst_dir_fd=folder)
