"""The log of all processes: one line per event, values masked. Knows nothing of what is logged.

Text for people, or Elastic Common Schema for machines. Everything passes the detector once more
as the last defence, and an exception is shown by its type and frames, never by its message, which
may quote a value.
"""

import json
import logging
import sys
import traceback
from datetime import datetime
from types import TracebackType

import ecs_logging
from concurrent_log_handler import ConcurrentRotatingFileHandler

from alerting.masking import masked_text
from alerting.settings import AlertingSettings

_ECS_NAMES = {
    "request_id": "http.request.id",
    "method": "http.request.method",
    "caller": "user.name",
}
_IDENTIFIERS = frozenset({"request_id", "job_id", "alert_id", "duration_ms", "status"})
_CHATTY = ("werkzeug", "rq.worker", "rq.queue", "rq.job")


def event(
    logger: logging.Logger, message: str, *, level: int = logging.INFO, **fields: object
) -> None:
    """Log one event with its fields."""
    if logger.isEnabledFor(level):
        logger.log(level, message, extra={"fields": fields})


def configure(settings: AlertingSettings, *, stderr: bool) -> None:
    """Send the log of this process to the file of the settings, and to stderr if asked."""
    formatter = _Ecs() if settings.log_format == "ecs" else _Text()
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)] if stderr else []
    if settings.log_file is not None:
        settings.log_file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            ConcurrentRotatingFileHandler(
                str(settings.log_file),
                maxBytes=settings.log_max_bytes,
                backupCount=settings.log_backups,
                encoding="utf-8",
            )
        )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _safe_fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return {
        name: value if name in _IDENTIFIERS else _safe(value)
        for name, value in fields.items()
        if value is not None
    }


def _safe(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return masked_text(text)


def _one_line(text: str) -> str:
    """Escape what could begin another line or steer a terminal."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _frames(error: tuple[type[BaseException] | None, BaseException | None, object]) -> str:
    """Return type and frames of an exception, innermost last, without its message."""
    kind, _, trace = error
    if kind is None:
        return ""
    frames = traceback.extract_tb(trace if isinstance(trace, TracebackType) else None)
    places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{kind.__module__}.{kind.__qualname__} at " + " < ".join(places)


class _Text(logging.Formatter):
    """``time level logger[pid] message name=value …``."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")
        fields = [f"{name}={_quoted(value)}" for name, value in _safe_fields(record).items()]
        if record.exc_info:
            fields.append(f"error={_quoted(_frames(record.exc_info))}")
        message = masked_text(record.getMessage())
        head = f"{time} {record.levelname} {record.name}[{record.process}] {message}"
        return _one_line(" ".join([head, *fields]))


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(' "=') or not text else text


class _Ecs(logging.Formatter):
    """Elastic Common Schema; what the schema has no name for stands under ``piigate``."""

    def __init__(self) -> None:
        super().__init__()
        self._ecs = ecs_logging.StdlibFormatter(
            exclude_fields=["fields", "error", "log.original"], stack_trace_limit=0
        )

    def format(self, record: logging.LogRecord) -> str:
        fields = {_ecs_name(name): value for name, value in _safe_fields(record).items()}
        if record.exc_info:
            fields["error.stack_trace"] = _frames(record.exc_info)
        plain = logging.makeLogRecord({
            **{key: value for key, value in vars(record).items() if key != "fields"},
            "msg": masked_text(record.getMessage()),
            "args": None,
            "exc_info": None,
            "exc_text": None,
        })
        return json.dumps(json.loads(self._ecs.format(plain)) | fields, ensure_ascii=False)


def _ecs_name(name: str) -> str:
    return _ECS_NAMES.get(name, f"piigate.{name}")
