"""The log: one line per event, in a file that all processes share. Knows no events by name.

A log that cannot be written never stops the work: the first failure of a process is told on
stderr, and the lines are lost.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from alerting.errors import InvalidSettings
from alerting.log_file import FORMATTING, LogFile, NeverFails, SharedFile
from alerting.log_format import FIELDS, EcsFormatter, TextFormatter
from alerting.log_safety import describe
from alerting.masking import text_masker
from alerting.settings import AlertingSettings

_CHATTY = ("alembic", "rq", "werkzeug")
"""Libraries with a line or more per job or request of their own; ours say it once."""


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
            process=os.getpid(),
        )


_BEGAN = time.time()
_SAME_FOR_ALL = vars(logging.makeLogRecord({}))


class _Stderr(NeverFails, logging.StreamHandler):  # type: ignore[type-arg] # any text stream
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
        record = _record(logger, level, message, fields)
        if error is not None:
            record.exc_info = type(error), error, error.__traceback__
        logger.handle(record)


def prepared(
    logger: logging.Logger, message: str, *, level: int = logging.INFO, **fields: object
) -> Callable[[], object]:
    """Return what logs a line that is put into words now, for when it has happened indeed."""
    if not logger.isEnabledFor(level):
        return _nothing
    record = _record(logger, level, message, fields)
    for handler in _ours():
        if isinstance(handler, LogFile):
            handler.prepare(record)
    return partial(logger.handle, record)


def _record(
    logger: logging.Logger, level: int, message: str, fields: dict[str, object]
) -> logging.LogRecord:
    """Return what logger.log makes, but for a look at the stack, which no line shows."""
    record = _Event(logger, level, message)
    vars(record)[FIELDS] = fields
    return record


def _nothing() -> None:
    """Log nothing."""


def _open_log_file(path: Path, settings: AlertingSettings) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise InvalidSettings([f"LOG_FILE: {path} cannot be opened: {describe(error)}"]) from None
    file = SharedFile(path, max_bytes=settings.log_max_bytes, backups=settings.log_backups)
    handler = LogFile(file)
    handler.name = str(path)
    return handler


def _ours() -> list[logging.Handler]:
    return [one for one in logging.getLogger().handlers if isinstance(one, NeverFails)]


def _hold_back() -> None:
    """Let no other thread be logging at a fork: the child would wait for it for ever."""
    FORMATTING.acquire()
    for handler in _ours():
        handler.acquire()


def _go_on() -> None:
    for handler in _ours():
        handler.release()
    FORMATTING.release()


def _begin_anew() -> None:
    """Begin in a child, in which logging itself makes the locks of all handlers anew."""
    FORMATTING.release()
    for handler in _ours():
        if isinstance(handler, LogFile):
            handler.forget()


os.register_at_fork(before=_hold_back, after_in_parent=_go_on, after_in_child=_begin_anew)


def _is_wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or not _is_chatty(record.name)


@lru_cache
def _is_chatty(logger: str) -> bool:
    return logger.partition(".")[0] in _CHATTY
