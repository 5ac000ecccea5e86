"""The report of every alert as a text file of its own. Knows neither callers nor tasks.

A report is there whole or not at all, and it is on the disk before the call returns: the text goes
to a file of the same folder without a name, or a hidden one where the system has no such files or
refuses to name them later, is flushed to the disk, and only then linked to its name.
:func:`os.link` never replaces a file, so alerts of the same second, in any number of processes,
get names of their own. The folder must therefore lie on a file system with hard links.

Flushing is what costs. Reports that are written together are on their way to the disk before the
first of them is waited for, and the names of all of them are flushed at once.
"""

import os
import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.report import local_time, render

TOGETHER = 32
"""How many reports are written together: all of them or none, unless the process dies.

They are open meanwhile, and a gateway has few files to spare beside its connections.
"""

_OPEN_FILES = Path("/proc/self/fd")


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

    def write(self, texts: Sequence[ReportText]) -> None:
        """Write reports; raises OSError."""
        folder = self._open_folder()
        try:
            for first in range(0, len(texts), TOGETHER):
                some = texts[first : first + TOGETHER]
                while not _write_some(folder, some, is_hidden=self._is_hidden):
                    self._is_hidden = True
            os.fsync(folder)  # New names in it survive a power cut.
        finally:
            os.close(folder)

    def _open_folder(self) -> int:
        with suppress(FileNotFoundError, NotADirectoryError):  # The next line says it better.
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        self._folder.mkdir(parents=True, exist_ok=True)
        return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)


def _write_some(folder: int, texts: Sequence[ReportText], *, is_hidden: bool) -> bool:
    """Write reports; return False, with nothing written, if nameless drafts can have no names."""
    drafts: list[tuple[int, str | None]] = []
    try:
        for text in texts:
            draft = _begin(folder, is_hidden=is_hidden)
            drafts.append(draft)
            _write(draft[0], text.content)
        for descriptor, _ in drafts:
            os.fsync(descriptor)
        for number, (draft, text) in enumerate(zip(drafts, texts, strict=True)):
            try:
                _name(draft, folder, text.alert)
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
    return _OPEN_FILES.is_dir()


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it, and have the system begin to bring it to the disk."""
    while content:
        content = content[os.write(descriptor, content) :]
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _name(draft: tuple[int, str | None], folder: int, alert: Alert) -> None:
    """Give the draft the first of its names that is free; a whole id is always free."""
    descriptor, hidden = draft
    source = hidden or str(_OPEN_FILES / str(descriptor))
    moment = local_time(alert.recorded_at)
    for suffix in ("", f"_{alert.id[:8]}"):
        with suppress(FileExistsError):
            os.link(source, f"alert_{moment}{suffix}.txt", src_dir_fd=folder, dst_dir_fd=folder)
            return
    os.link(source, f"alert_{moment}_{alert.id}.txt", src_dir_fd=folder, dst_dir_fd=folder)
