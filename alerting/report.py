"""The report: an alert as three lines of text. Pure; knows no files.

The format is a contract: people and scripts read these files.
"""

from collections.abc import Sequence
from datetime import datetime

from alerting.alert import Alert
from alerting.finding import JsonValue


def render(alert: Alert, data: JsonValue) -> str:
    """Return the report of an alert; ``data`` is its payload, or the masked form of it.

    ``DATA`` is Python's repr, which escapes line breaks, so the report always has three lines.
    """
    return (
        f"ALERT TYPE: {_spoken_list(alert.kinds)}\n"
        f"TIME: {local_time(alert.recorded_at)}\n"
        f"DATA: {data!r}\n"
    )


def local_time(moment: datetime) -> str:
    """Return a moment in the host's time zone (``TZ``), to the second, fit for a file name."""
    return moment.astimezone().strftime("%Y-%m-%d_%H-%M-%S")


def _spoken_list(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
