"""The handler of the log's file, which many processes append to and rotate. Knows no format.

A line goes into the file under a lock file beside it, by the library or, while nothing has happened
to the file since the library wrote to it, in four system calls.
"""

import fcntl
import logging
import os
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from concurrent_log_handler import ConcurrentRotatingFileHandler

from alerting.log_safety import describe

FORMATTING = threading.RLock()
"""Held while a line is made: its masking takes locks inside re2, which no fork may meet held."""

_LINE = "piigate_line"
"""Attribute of a log record that holds its line, where that was made before."""


class NeverFails(logging.Handler):
    """Tells the first failure on stderr, without the record: it may hold personal data."""

    _has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Tell it once."""
        if not self._has_failed:
            self._has_failed = True
            error = sys.exc_info()[1]
            cause = describe(error) if error else "unknown"
            with suppress(OSError, ValueError):  # stderr may be full or closed as well
                sys.stderr.write(f"piigate: log lines are lost, {self.name} fails: {cause}\n")


class _Lines(logging.LogRecord):
    """Lines as they go into the file, and nothing else of a record."""

    def __init__(self, text: str) -> None:
        self.msg = text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A file and its lock as one process has opened them, and which file it is."""

    process: int
    stream: TextIOWrapper
    stream_lock: TextIOWrapper
    identity: tuple[int, int]


class SharedFile(NeverFails, ConcurrentRotatingFileHandler):
    """A file that many processes append to and rotate in turn, under a lock file beside it."""

    def __init__(self, path: Path, *, max_bytes: int, backups: int) -> None:
        super().__init__(
            path, maxBytes=max_bytes, backupCount=backups, encoding="utf-8", chmod=0o640
        )
        self.name = str(path)
        self._opened: _Opened | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, which are formatted already."""
        return str(record.msg)

    def _lock_stream_lock(self, stream_lock: TextIOWrapper) -> None:
        """Take the lock as portalocker would, which first looks for the way to do so."""
        fcntl.flock(stream_lock, fcntl.LOCK_EX)

    def append(self, lines: str) -> None:
        """Append lines, whole and at once; nobody else in this process may do so meanwhile."""
        if self._opened is None or not self._add(lines, self._opened):
            self.emit(_Lines(lines))
            self._opened = self._as_opened()

    def _add(self, lines: str, opened: _Opened) -> bool:
        """Append lines; return False for a file that is full, was rotated or opened anew."""
        if (
            opened.process != os.getpid()
            or opened.stream is not self.stream
            or opened.stream_lock is not self.stream_lock
        ):
            return False
        try:
            text = f"{lines}\n".encode()
            fcntl.flock(opened.stream_lock, fcntl.LOCK_EX)
        except (OSError, ValueError):
            return False
        try:
            found = os.stat(self.baseFilename)  # noqa: PTH116 - a Path takes as long to ask
            is_same = (found.st_dev, found.st_ino) == opened.identity
            if not is_same or 0 < self.maxBytes <= found.st_size:
                return False
            while text:
                text = text[os.write(opened.stream.fileno(), text) :]
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            self.handleError(_Lines(""))
        finally:
            fcntl.flock(opened.stream_lock, fcntl.LOCK_UN)
        return True

    def _as_opened(self) -> _Opened | None:
        """Return what the library has opened, if it keeps that open and still calls it so."""
        try:
            is_kept = self._actual_keep_log_stream_open and self._actual_keep_lock_file_open
            if not is_kept or self.stream is None or self.stream_lock is None:
                return None
            found = os.fstat(self.stream.fileno())
        except (AttributeError, OSError, ValueError):
            return None
        return _Opened(
            process=os.getpid(),
            stream=self.stream,
            stream_lock=self.stream_lock,
            identity=(found.st_dev, found.st_ino),
        )


class LogFile(NeverFails):
    """Writes to the file; what many threads log at once is written together.

    Every line is in the file when the call that logged it returns.
    """

    def __init__(self, file: SharedFile) -> None:
        super().__init__()
        self._file = file
        self._unwritten: deque[str] = deque()

    def handle(self, record: logging.LogRecord) -> bool:
        """Format the record before the file's lock is taken, unlike logging itself; then write."""
        is_wanted = bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def prepare(self, record: logging.LogRecord) -> None:
        """Make the line of a record that is to be handled later; one that fails is made then."""
        with suppress(Exception), FORMATTING:
            vars(record)[_LINE] = self.format(record)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record, unless whoever wrote just now has done so."""
        try:
            line = vars(record).pop(_LINE, None)
            if line is None:
                with FORMATTING:
                    line = self.format(record)
            self._unwritten.append(line)
        except Exception:  # noqa: BLE001 - as logging has it: no line stops the work
            self.handleError(record)
            return
        self.acquire()
        try:
            lines = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
            if lines:
                self._file.append("\n".join(lines))
        finally:
            self.release()

    def forget(self) -> None:
        """Leave the lines that are unwritten at a fork to the process that has made them."""
        self._unwritten.clear()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
