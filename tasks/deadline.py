"""Until when a job may start, as a text that is sealed with it. Knows neither RQ nor Redis.

The clock is that of whoever looks: machines that work together need their clocks set by NTP.
"""

import math
import re
import time

_TIME = re.compile(r"[0-9]{1,12}\.[0-9]{3}")
# A worker looks at the clock after it has stored that the job is started: one that is queued
# beyond this will find itself late, even where two clocks differ a little.
_MARGIN_S = 0.2


def deadline_in(seconds: float) -> str:
    """Return the deadline that is so many seconds from now, in seconds of Unix time."""
    return f"{time.time() + seconds:.3f}"


def is_past(deadline: str | None) -> bool:
    """Return whether a job with this deadline must not start any more; without one it may."""
    return _seconds_to(deadline) <= 0


def seconds_to_end(deadline: str | None) -> float:
    """Return in how many seconds a job that is queued still will have ended for good."""
    return max(0.0, _seconds_to(deadline) + _MARGIN_S)


def _seconds_to(deadline: str | None) -> float:
    """Return the seconds that are left, without end where it is no time that we have written."""
    if deadline is None or not _TIME.fullmatch(deadline):
        return math.inf
    return float(deadline) - time.time()
