"""The report of every alert as a text file of its own. Knows neither callers nor tasks.

A report is there whole or not at all, and it is on the disk before the call returns: the text goes
to a hidden file of the same folder, is flushed to the disk, and only then linked to its name.
:func:`os.link` never replaces a file, so alerts of the same second, in any number of processes,
get names of their own. The folder must therefore lie on a file system with hard links.

Flushing is what costs. Reports that are written together are on their way to the disk before the
first of them is waited for, and the names of all of them are flushed at once.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
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


class ReportText(NamedTuple):
    """A report that is to be written."""

    alert: Alert
    content: bytes


class Reports:
    """Writes reports into a folder; with ``data="masked"`` they show no personal value."""

    def __init__(self, folder: Path, *, data: Literal["raw", "masked"]) -> None:
        self._folder = folder
        self._is_masked = data == "masked"

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Write the report of an alert, readable by its owner only; raises OSError."""
        self.write([self.text_of(alert, payload)])

    def text_of(self, alert: Alert, payload: JsonValue) -> ReportText:
        """Return the report of an alert about a payload."""
        data = masked(payload, alert.findings) if self._is_masked else payload
        return ReportText(alert, render(alert, data).encode())

    def write(self, texts: Sequence[ReportText]) -> None:
        """Write reports; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for first in range(0, len(texts), TOGETHER):
            self._write_some(texts[first : first + TOGETHER])
        _flush_folder(self._folder)

    def _write_some(self, texts: Sequence[ReportText]) -> None:
        drafts: list[tuple[int, str]] = []
        try:
            for text in texts:
                draft = tempfile.mkstemp(prefix=".alert_", dir=self._folder)  # mode 0600
                drafts.append(draft)
                _write(draft[0], text.content)
            for descriptor, _ in drafts:
                os.fsync(descriptor)
            for (_, name), text in zip(drafts, texts, strict=True):
                _link(name, self._folder, text.alert)
        finally:
            for descriptor, name in drafts:
                os.close(descriptor)
                os.unlink(name)  # noqa: PTH108 - a plain string, as mkstemp gives it


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it, and have the system begin to bring it to the disk."""
    while content:
        content = content[os.write(descriptor, content) :]
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _link(draft: str, folder: Path, alert: Alert) -> None:
    """Give the draft the first of its names that is free; a whole id is always free."""
    moment = local_time(alert.recorded_at)
    for suffix in ("", f"_{alert.id[:8]}"):
        with suppress(FileExistsError):
            os.link(draft, folder / f"alert_{moment}{suffix}.txt")
            return
    os.link(draft, folder / f"alert_{moment}_{alert.id}.txt")


def _flush_folder(folder: Path) -> None:
    """Flush a folder, so that new names in it survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
