"""Finds the files to scan below folders. Knows no formats.

Links inside a folder are not followed: what they lead to is scanned at its own place, or was not
asked for; so there are no loops.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from alerting.errors import FileSkipped

NEVER_ENTERED = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox"}
    | {".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
"""Folders of tools; one that is named itself is scanned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A path that was not scanned, and why; ``is_named`` when the user named it."""

    path: str
    reason: Literal["binary", "special", "unreadable"]
    detail: str
    is_named: bool = False

    @classmethod
    def because(cls, error: FileSkipped, path: str, *, is_named: bool) -> "Skipped":
        """Return what is to be told about a file that was skipped."""
        return cls(path=path, reason=error.reason, detail=str(error), is_named=is_named)


def find(paths: Iterable[Path], *, exclude: Sequence[str] = ()) -> tuple[list[Path], list[Skipped]]:
    """Return the files at and below the paths, each once, sorted within a folder.

    ``exclude`` holds shell patterns for names and for paths below the one that was named.
    """
    files: dict[Path, Path] = {}
    skipped: list[Skipped] = []
    for named in paths:
        below = _below(named, exclude, skipped) if named.is_dir() else iter([named])
        for path in below:
            if path is not named or not _is_excluded(path, path, exclude):
                files.setdefault(path.resolve(), path)
    return list(files.values()), skipped


def _below(root: Path, exclude: Sequence[str], skipped: list[Skipped]) -> Iterator[Path]:
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            fault = FileSkipped(reason="unreadable", detail=error.strerror or "I/O error")
            skipped.append(Skipped.because(fault, str(folder), is_named=folder is root))
            continue
        if folder is not root and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue  # a virtual environment
        inner = []
        for entry in entries:
            path = folder / entry.name
            if entry.is_symlink() or _is_excluded(path, path.relative_to(root), exclude):
                continue
            if not entry.is_dir():
                yield path
            elif entry.name not in NEVER_ENTERED:
                inner.append(path)
        folders += reversed(inner)


def _is_excluded(path: Path, relative: Path, exclude: Sequence[str]) -> bool:
    whole = relative.as_posix()
    return any(
        fnmatchcase(path.name, pattern) or fnmatchcase(whole, pattern)
        for pattern in (one.rstrip("/") for one in exclude)
    )
