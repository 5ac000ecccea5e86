"""The log: one line per event, in a file that all processes share. Knows no events by name.

A log that cannot be written never stops the work: the first failure of a process is told on
stderr, and the lines are lost.
"""

import fcntl
import logging
import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from io import TextIOWrapper
from multiprocessing import current_process
from pathlib import Path

from concurrent_log_handler import ConcurrentRotatingFileHandler

from alerting.errors import InvalidSettings
from alerting.log_format import FIELDS, EcsFormatter, TextFormatter
from alerting.log_safety import describe
from alerting.masking import text_masker
from alerting.settings import AlertingSettings

_CHATTY = ("alembic", "rq", "werkzeug")
"""Libraries with a line or more per job or request of their own; ours say it once."""

_FORMATTING = threading.RLock()
"""Held while a line is made: its masking takes locks inside re2, which no fork may meet held."""


class _NeverFails(logging.Handler):
    """Tells the first failure on stderr, without the record: it may hold personal data."""

    _has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        if not self._has_failed:
            self._has_failed = True
            error = sys.exc_info()[1]
            cause = describe(error) if error else "unknown"
            with suppress(OSError, ValueError):  # stderr may be full or closed as well
                sys.stderr.write(f"piigate: log lines are lost, {self.name} fails: {cause}\n")


class _Event(logging.LogRecord):
    """A record as logging makes it, but for what no event has: a place in the code, arguments."""

    def __init__(self, logger: logging.Logger, level: int, message: str) -> None:
        now = time.time()
        vars(self).update(
            _SAME_FOR_ALL,
            name=logger.name,
            msg=message,
            levelno=level,
            levelname=logging.getLevelName(level),
            created=now,
            msecs=now % 1 * 1000,
            relativeCreated=(now - _BEGAN) * 1000,
            thread=threading.get_ident(),
            threadName=threading.current_thread().name,
            processName=current_process().name,
            process=os.getpid(),
        )


_BEGAN = time.time()
_SAME_FOR_ALL = vars(logging.makeLogRecord({}))


class _Lines(logging.LogRecord):
    """Lines as they go into the file, and nothing else of a record."""

    def __init__(self, text: str) -> None:
        self.msg = text


class _SharedFile(_NeverFails, ConcurrentRotatingFileHandler):
    """A file that many processes append to and rotate in turn, under a lock file beside it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, which are formatted already."""
        return str(record.msg)

    def _lock_stream_lock(self, stream_lock: TextIOWrapper) -> None:
        """Take the lock as portalocker would, which first looks for the way to do so."""
        fcntl.flock(stream_lock, fcntl.LOCK_EX)

    def _do_unlock(self) -> None:
        """Give the lock back, likewise."""
        if self.is_locked and self.stream_lock and self._actual_keep_lock_file_open:
            try:
                fcntl.flock(self.stream_lock, fcntl.LOCK_UN)
            finally:
                self.is_locked = False
                self._thread_lock.release()
        else:
            super()._do_unlock()

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - logging's name
        """Return whether the file is full; a look at it, for a walk to its end."""
        if self.stream is None or self.maxBytes <= 0:
            return super().shouldRollover(record)
        return os.fstat(self.stream.fileno()).st_size >= self.maxBytes


class _LogFile(_NeverFails):
    """Writes to the file; what many threads log at once is written together.

    Every line is in the file when the call that logged it returns.
    """

    def __init__(self, file: _SharedFile) -> None:
        super().__init__()
        self._file = file
        self._unwritten: deque[str] = deque()

    def handle(self, record: logging.LogRecord) -> bool:
        """Format the record before the file's lock is taken, unlike logging itself; then write."""
        is_wanted = bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record, unless whoever wrote just now has done so."""
        try:
            with _FORMATTING:
                line = self.format(record)
            self._unwritten.append(line)
        except Exception:  # noqa: BLE001 - as logging has it: no line stops the work
            self.handleError(record)
            return
        self.acquire()
        try:
            lines = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
            if lines:
                self._file.emit(_Lines("\n".join(lines)))
        finally:
            self.release()

    def forget(self) -> None:
        """Leave the lines that are unwritten at a fork to the process that has made them."""
        self._unwritten.clear()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


class _Stderr(_NeverFails, logging.StreamHandler):  # type: ignore[type-arg] # any text stream
    """The standard error stream, where a container's log is read."""


def configure(settings: AlertingSettings, *, stderr: bool) -> None:
    """Send what every logger of the process says to the log file, and to stderr if asked.

    Call it again to change the settings; handlers of others stay. Raises InvalidSettings when the
    log file cannot be opened.
    """
    handlers: list[logging.Handler] = []
    if settings.log_file:
        handlers.append(_open_log_file(settings.log_file, settings))
    if stderr or not handlers:
        handlers.append(_Stderr())
        handlers[-1].name = "stderr"
    root = logging.getLogger()
    for old in _ours():
        root.removeHandler(old)
        old.close()
    mask = text_masker(settings.detect_regions)
    formatter = EcsFormatter(mask) if settings.log_format == "ecs" else TextFormatter(mask)
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(_is_wanted)
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    logging.captureWarnings(True)  # noqa: FBT003 - the only form


def event(
    logger: logging.Logger,
    message: str,
    *,
    level: int = logging.INFO,
    error: BaseException | None = None,
    **fields: object,
) -> None:
    """Log one line: what happened, with its facts as fields; None and () are left out.

    ``error`` adds the exception's type, its causes and their frames, never a message of them.
    """
    if logger.isEnabledFor(level):
        # What logger.log does, but for a look at the stack, which no line shows.
        record = _Event(logger, level, message)
        vars(record)[FIELDS] = fields
        if error is not None:
            record.exc_info = type(error), error, error.__traceback__
        logger.handle(record)


def _open_log_file(path: Path, settings: AlertingSettings) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise InvalidSettings([f"LOG_FILE: {path} cannot be opened: {describe(error)}"]) from None
    file = _SharedFile(
        path,
        maxBytes=settings.log_max_bytes,
        backupCount=settings.log_backups,
        encoding="utf-8",
        chmod=0o640,
    )
    file.name = str(path)
    handler = _LogFile(file)
    handler.name = str(path)
    return handler


def _ours() -> list[logging.Handler]:
    return [one for one in logging.getLogger().handlers if isinstance(one, _NeverFails)]


def _hold_back() -> None:
    """Let no other thread be logging at a fork: the child would wait for it for ever."""
    _FORMATTING.acquire()
    for handler in _ours():
        handler.acquire()


def _go_on() -> None:
    for handler in _ours():
        handler.release()
    _FORMATTING.release()


def _begin_anew() -> None:
    """Begin in a child, in which logging itself makes the locks of all handlers anew."""
    _FORMATTING.release()
    for handler in _ours():
        if isinstance(handler, _LogFile):
            handler.forget()


os.register_at_fork(before=_hold_back, after_in_parent=_go_on, after_in_child=_begin_anew)


def _is_wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY
