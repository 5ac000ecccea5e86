"""The two formats of a log line, for people and as Elastic Common Schema JSON. Knows no files."""

import functools
import logging
import re
from collections.abc import Iterator
from datetime import datetime

from ecs_logging import StdlibFormatter

from alerting.log_safety import (
    OUR_IDS,
    SHORT_CHARS,
    SafeValue,
    describe_chain,
    safe_message,
    safe_value,
)
from alerting.masking import Masked, MaskText, masked_text

FIELDS = "piigate_fields"
"""Attribute of a log record that holds its fields."""

_BARE = re.compile(r'[^\s"=\\]+')

_ECS_NAMES = {
    "request_id": "http.request.id",
    "method": "http.request.method",
    "duration_ms": "event.duration",
    "reason": "event.reason",
    "caller": "user.name",
}
_NO_FIELDS: dict[str, object] = {}
_STANDARD = ("name", "levelname", "created", "msecs", "process", "processName")


class TextFormatter(logging.Formatter):
    """A line for people: time, level, logger and process, message, ``key=value`` fields.

    A value is quoted when it holds white space, quotes, ``=`` or a backslash. Whatever does not
    print is escaped, so that nobody can forge a line or steer a terminal.
    """

    def __init__(self, mask: MaskText = masked_text) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        second, rest = divmod(record.created, 1)
        time, offset = _local(second)
        pieces = [
            f"{time}.{int(rest * 1000):03}{offset} {record.levelname:<7}",
            f"{record.name}[{record.process}]",
            self._message(record),
        ]
        pieces += [
            self._piece(name, value)
            for name, value in getattr(record, FIELDS, _NO_FIELDS).items()
            if value is not None and value != ()
        ]
        error = _error(record)
        if error:
            pieces.append(f"error={_logfmt(describe_chain(error))}")
        return " ".join(pieces)

    def _message(self, record: logging.LogRecord) -> str:
        template = record.msg
        if isinstance(template, str) and not record.args and len(template) <= SHORT_CHARS:
            return _short_message(template, self._mask)
        return _printable(safe_message(record, self._mask))

    def _piece(self, name: str, value: object) -> str:
        if type(value) is int:
            return f"{name}={value}"
        if isinstance(value, str) and not isinstance(value, Masked):
            if name in OUR_IDS:
                return f"{name}={_logfmt(value)}"
            if len(value) <= SHORT_CHARS:
                return _short_piece(name, value, self._mask)
        return f"{name}={_logfmt(safe_value(name, value, self._mask))}"


class EcsFormatter(StdlibFormatter):
    """A line for machines; fields without a place in the schema stand under ``piigate``."""

    def __init__(self, mask: MaskText = masked_text) -> None:
        self._mask = mask
        super().__init__(
            extra={"service.name": "piigate"},
            exclude_fields=["log.original", "log.origin", "process.thread"],
        )

    def format_to_ecs(self, record: logging.LogRecord) -> dict[str, object]:
        """Return the document of a record, made of what is known to be safe and nothing else."""
        safe = logging.makeLogRecord({name: getattr(record, name) for name in _STANDARD})
        safe.msg = safe_message(record, self._mask)
        for name, value in _fields(record, self._mask):
            vars(safe)[_ecs_name(name, value)] = _ecs_value(name, value)
        error = _error(record)
        if error:
            vars(safe)["error.type"] = type(error).__qualname__
            vars(safe)["error.stack_trace"] = describe_chain(error)
        return super().format_to_ecs(safe)


@functools.lru_cache(maxsize=1024)
def _short_piece(name: str, text: str, mask: MaskText) -> str:
    """Return a field; callers, tasks, routes and the like come with every line.

    Never for a Masked: it equals the text that it is, which would then be taken for masked too.
    """
    return f"{name}={_logfmt(safe_value(name, text, mask))}"


@functools.lru_cache(maxsize=256)
def _short_message(template: str, mask: MaskText) -> str:
    """Return a message without arguments, which is one of few."""
    return _printable(safe_message(logging.makeLogRecord({"msg": template}), mask))


@functools.lru_cache(maxsize=1)
def _local(second: float) -> tuple[str, str]:
    """Return the local time of a second, and how far it is from UTC, as ISO 8601 has them."""
    text = datetime.fromtimestamp(second).astimezone().isoformat()
    return text[:19], text[19:]


def _fields(record: logging.LogRecord, mask: MaskText) -> Iterator[tuple[str, SafeValue]]:
    for name, value in getattr(record, FIELDS, _NO_FIELDS).items():
        if value is not None and value != ():
            yield name, safe_value(name, value, mask)


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _logfmt(value: SafeValue) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        return "true" if value else "false"
    else:
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    if _BARE.fullmatch(text) and text.isprintable():
        return text
    return '"' + _printable(text.replace("\\", r"\\").replace('"', r"\"")) + '"'


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _ecs_name(name: str, value: SafeValue) -> str:
    if name == "status" and isinstance(value, int):
        return "http.response.status_code"
    return _ECS_NAMES.get(name, f"piigate.{name}")


def _ecs_value(name: str, value: SafeValue) -> SafeValue:
    if name == "duration_ms" and isinstance(value, int | float):
        return round(value * 1_000_000)  # ECS counts nanoseconds
    return value
