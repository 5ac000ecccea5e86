"""The report of every alert as a text file of its own. Knows neither callers nor tasks.

A report is there whole or not at all, and it is on the disk before the call returns: the text goes
to a hidden file of the same folder, is flushed to the disk, and only then linked to its name.
:func:`os.link` never replaces a file, so alerts of the same second, in any number of processes,
get names of their own. The folder must therefore lie on a file system with hard links.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.report import local_time, render

_NAMES = "alert_*.txt"


class Reports:
    """Writes reports into a folder; with ``data="masked"`` they show no personal value."""

    def __init__(self, folder: Path, *, data: Literal["raw", "masked"]) -> None:
        self._folder = folder
        self._is_masked = data == "masked"

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Write the report of an alert, readable by its owner only; raises OSError."""
        data = masked(payload, alert.findings) if self._is_masked else payload
        content = render(alert, data).encode()
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=".alert_", dir=self._folder)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _link(draft, self._folder, alert)
        finally:
            os.unlink(draft)  # noqa: PTH108 - a plain string, as mkstemp gives it
        _flush_folder(self._folder)

    def prune(self, *, before: datetime | None = None, keep: int | None = None) -> int:
        """Delete reports from before a moment, and all but the newest ones; return how many."""
        written = sorted(self._written())
        surplus = 0 if keep is None else max(0, len(written) - keep)
        limit_s = 0.0 if before is None else before.timestamp()
        old = (path for written_s, path in written[surplus:] if written_s < limit_s)
        gone = [*(path for _, path in written[:surplus]), *old]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _written(self) -> Iterator[tuple[float, Path]]:
        """Yield the reports and when they were written."""
        for path in self._folder.glob(_NAMES):
            with suppress(FileNotFoundError):  # Somebody else has deleted it.
                yield path.stat().st_mtime, path


def _link(draft: str, folder: Path, alert: Alert) -> None:
    """Give the draft the first of its names that is free; a whole id is always free."""
    moment = local_time(alert.recorded_at)
    for suffix in ("", f"_{alert.id[:8]}"):
        with suppress(FileExistsError):
            os.link(draft, folder / f"alert_{moment}{suffix}.txt")
            return
    os.link(draft, folder / f"alert_{moment}_{alert.id}.txt")


def _flush_folder(folder: Path) -> None:
    """Flush a folder, so that a new name in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
