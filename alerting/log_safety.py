"""Turns what is logged into text that shows no personal value. Knows no log format.

Callers mask what they know; this is the last defence, for what they did not think of. An
exception's message may quote anything, so an exception is shown by its type and its frames.
"""

import errno
import functools
import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from typing import TypeAlias

from alerting.masking import Masked, MaskText

SafeValue: TypeAlias = "bool | int | float | str | list[SafeValue]"

OUR_IDS = frozenset({"request_id", "alert_id", "job_id"})
"""Fields that are never masked: a random id may look like a number of some kind."""

MAX_CHARS = 8192
"""Longest text of a field or message; the rest of a huge result is left out."""

SHORT_CHARS = 64
"""Longest text that is masked once for all lines that it comes with."""

_OVERLAP_CHARS = 512  # more than any value that masking has to recognise whole
_MAX_FRAMES = 15
_TRACEBACK = "Traceback (most recent call last)"


def safe_message(record: logging.LogRecord, mask: MaskText) -> str:
    """Return the message of a record, masked, without the tracebacks that others format into it."""
    text = _message(record).partition(_TRACEBACK)[0].rstrip()
    return _masked(text, mask)


def safe_value(name: str, value: object, mask: MaskText) -> SafeValue:
    """Return the value of a field, masked; what is neither number, text nor tuple becomes JSON."""
    if isinstance(value, Masked):
        return value[:MAX_CHARS]
    if isinstance(value, str):
        return value if name in OUR_IDS else _masked(value, mask)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, tuple):
        return [safe_value(name, each, mask) for each in value]
    text = _json(value)
    return text if name in OUR_IDS else _masked(text, mask)


def describe(error: BaseException) -> str:
    """Return the type of an exception, and for an operating system error its symbol."""
    name = type(error).__qualname__
    symbol = errno.errorcode.get(error.errno or 0) if isinstance(error, OSError) else None
    return f"{name} {symbol}" if symbol else name


def describe_chain(error: BaseException) -> str:
    """Return an exception and its causes with their frames, innermost last, on one line."""
    return "; from ".join(f"{describe(one)} at {_frames(one)}" for one in _chain(error))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _frames(error: BaseException) -> str:
    frames = [
        f"{'/'.join(PurePath(frame.f_code.co_filename).parts[-2:])}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return " > ".join(frames[-_MAX_FRAMES:]) or "no frame"


def _message(record: logging.LogRecord) -> str:
    """Return the formatted message with exceptions described, or its template if they clash."""
    if isinstance(record.msg, BaseException):
        return describe(record.msg)
    args = record.args
    if isinstance(args, tuple):
        args = tuple(describe(arg) if isinstance(arg, BaseException) else arg for arg in args)
    try:
        return str(record.msg) % args if args else str(record.msg)
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


@functools.lru_cache(maxsize=1024)
def _masked_short(text: str, mask: MaskText) -> str:
    """Mask a short text; callers, tasks, routes and the like come with every line."""
    return mask(text)


def _masked(text: str, mask: MaskText) -> str:
    if len(text) <= SHORT_CHARS:
        return _masked_short(text, mask)
    if len(text) <= MAX_CHARS:
        return mask(text)
    # What the cut may have split, so that masking could not see it, goes with the overlap.
    kept = mask(text[: MAX_CHARS + _OVERLAP_CHARS])[:-_OVERLAP_CHARS]
    return f"{kept}… ({len(text) - MAX_CHARS} more characters)"
