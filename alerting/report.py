"""The report: an alert as three lines of text. Pure; knows no files.

The format is a contract: people and scripts read these files.
"""

import ast
import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from alerting.alert import Alert
from alerting.errors import InvalidReport
from alerting.finding import JsonValue

BEGINNING = "ALERT TYPE: "
"""What every report begins with."""
_LINES = re.compile(rf"{BEGINNING}(.+)\nTIME: .+\nDATA: (.+)\n?")
_BETWEEN_WORDS = re.compile(", | and ")


class Report(NamedTuple):
    """What a report says: the kinds that were found, and the payload or its masked form."""

    kinds: list[str]
    data: JsonValue


def render(alert: Alert, data: JsonValue) -> str:
    """Return the report of an alert; ``data`` is its payload, or the masked form of it.

    ``DATA`` is Python's repr, which escapes line breaks, so the report always has three lines.
    """
    return (
        f"{BEGINNING}{_spoken_list(alert.kinds)}\n"
        f"TIME: {local_time(alert.recorded_at)}\n"
        f"DATA: {data!r}\n"
    )


def parse(text: str) -> Report:
    """Return what a report says; raises InvalidReport."""
    lines = _LINES.fullmatch(text)
    if lines is None:
        raise InvalidReport
    try:
        data = ast.literal_eval(lines[2])
    # Also where nesting is too deep for Python's own parser.
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise InvalidReport from None
    if not _is_json(data):
        raise InvalidReport
    return Report(kinds=_BETWEEN_WORDS.split(lines[1]), data=data)


def local_time(moment: datetime) -> str:
    """Return a moment in the host's time zone (``TZ``), to the second, fit for a file name."""
    return moment.astimezone().strftime("%Y-%m-%d_%H-%M-%S")


def _spoken_list(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _is_json(value: object) -> bool:
    waiting = [value]
    for one in waiting:  # the list grows
        if isinstance(one, dict):
            if not all(isinstance(name, str) for name in one):
                return False
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif not (one is None or isinstance(one, bool | int | float | str)):
            return False
    return True
