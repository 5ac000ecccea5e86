"""The reports as files of a folder: which there are, and which are too old. Writes none.

When a report was written is taken from its name, which copying and restoring keep. A draft that
nobody finished, as its process was killed, counts as a report once it is an hour old.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from alerting.report import BEGINNING

_NAME = re.compile(
    r"alert_([0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{2}-[0-9]{2}-[0-9]{2})"
    r"(?:_(?:[0-9a-f]{8}|[0-9a-f]{32}))?\.txt"
)
_DRAFT = re.compile(r"\.alert_[a-z0-9_]{8}")
_DRAFT_AGE_S = 3600


class ReportFile(NamedTuple):
    """A report and when it was written, in seconds since 1970; the older one sorts first."""

    written_s: float
    path: Path


def report_files(folder: Path) -> list[ReportFile]:
    """Return the reports in a folder, oldest first; raises OSError."""
    return sorted(_found(folder)) if folder.exists() else []


def prune_reports(folder: Path, *, before: datetime | None = None, keep: int | None = None) -> int:
    """Delete reports from before a moment, and all but the newest ones; return how many.

    What does not begin as a report does is left alone. Raises OSError.
    """
    written = report_files(folder)
    surplus = 0 if keep is None else max(0, len(written) - keep)
    limit_s = float("-inf") if before is None else before.timestamp()
    old = [one for one in written[surplus:] if one.written_s < limit_s]
    return sum(_delete(one.path) for one in (*written[:surplus], *old))


def _found(folder: Path) -> Iterator[ReportFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # Somebody else has deleted it.
                written_s = _written_s(entry)
                if written_s is not None:
                    yield ReportFile(written_s, Path(entry.path))


def _written_s(entry: os.DirEntry[str]) -> float | None:
    """Return when a report was written, None for what is none by its name."""
    name = _NAME.fullmatch(entry.name)
    if not (name or _DRAFT.fullmatch(entry.name)) or not entry.is_file(follow_symlinks=False):
        return None
    if name is None:
        written_s = entry.stat().st_mtime
        return written_s if written_s < time.time() - _DRAFT_AGE_S else None
    try:
        return datetime.strptime(name[1], "%Y-%m-%d_%H-%M-%S").astimezone().timestamp()
    except (ValueError, OverflowError):
        return None


def _delete(path: Path) -> bool:
    """Delete a report; return whether it was one, and was still there."""
    beginning = BEGINNING.encode()
    try:
        with path.open("rb") as file:
            if file.read(len(beginning)) != beginning:
                return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
