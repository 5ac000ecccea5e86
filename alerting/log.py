"""The log: one line per event, in a file that all processes share. Knows no events by name.

A log that cannot be written never stops the work: the first failure of a process is told on
stderr, and the lines are lost.
"""

import logging
import os
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

from concurrent_log_handler import ConcurrentRotatingFileHandler

from alerting.errors import InvalidSettings
from alerting.log_format import FIELDS, EcsFormatter, TextFormatter
from alerting.log_safety import describe
from alerting.masking import text_masker
from alerting.settings import AlertingSettings

_CHATTY = ("alembic", "rq", "werkzeug")
"""Libraries with a line or more per job or request of their own; ours say it once."""


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


class _SharedFile(_NeverFails, ConcurrentRotatingFileHandler):
    """A file that many processes append to and rotate in turn, under a lock file beside it."""


class _LogFile(_NeverFails):
    """Writes to the file; what many threads log at once is written together.

    Every line is in the file when the call that logged it returns.
    """

    def __init__(self, file: _SharedFile) -> None:
        super().__init__()
        self._file = file
        self._line = logging.makeLogRecord({})
        self._unwritten: deque[tuple[int, str]] = deque()

    def handle(self, record: logging.LogRecord) -> bool:
        """Format the record before any lock is taken, unlike logging itself; then write."""
        is_wanted = bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record, unless whoever wrote just now has done so."""
        try:
            self._unwritten.append((os.getpid(), self.format(record)))
        except Exception:  # noqa: BLE001 - as logging has it: no line stops the work
            self.handleError(record)
            return
        self.acquire()
        try:
            lines = [self._unwritten.popleft() for _ in range(len(self._unwritten))]
            # After a fork the parent writes what was its own.
            text = "\n".join(line for process, line in lines if process == os.getpid())
            if text:
                self._line.msg = text
                self._file.emit(self._line)
        finally:
            self.release()

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
        info = None if error is None else (type(error), error, error.__traceback__)
        record = logger.makeRecord(
            logger.name, level, "", 0, message, (), info, extra={FIELDS: fields}
        )
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
    """Let no other thread be writing at a fork: the child would wait for it for ever."""
    for handler in _ours():
        handler.acquire()


def _go_on() -> None:
    for handler in _ours():
        handler.release()


# In the child, logging itself makes the locks of all handlers anew.
os.register_at_fork(before=_hold_back, after_in_parent=_go_on)


def _is_wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY
