"""The report of every alert as a text file of its own. Knows neither callers nor tasks.

A report is there whole or not at all, and it is on the disk before the call returns: the text goes
to a hidden file of the same folder, is flushed to the disk, and only then linked to its name.
:func:`os.link` never replaces a file, so alerts of the same second, in any number of processes,
get names of their own. The folder must therefore lie on a file system with hard links.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.report import local_time, render


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
