"""Interrupts a job that runs too long, at little cost for one that does not. Knows no jobs.

RQ sets and resets a timer of the system and a handler of its signal for each job. Here a timer that
rings sooner than it must is left as it is: whoever hears it sets it anew, if there still is a job.
"""

import signal
import time
from types import FrameType
from typing import ClassVar

from rq.timeouts import UnixSignalDeathPenalty

_AT_ONCE_S = 0.001
"""When this has passed, whoever was interrupted goes on again."""


class Alarm(UnixSignalDeathPenalty):
    """What ends a piece of work by an exception, unless it is done in time; one at a time."""

    _set: ClassVar["Alarm | None"] = None
    until = 0.0
    is_due = False
    _timeout: float

    def setup_death_penalty(self) -> None:
        """Let the exception be raised after the timeout; without end if that is not positive."""
        Alarm._set = None
        if self._timeout <= 0:
            return
        self.until = time.monotonic() + self._timeout
        # Whatever ran before may have set both to its own liking.
        if signal.getsignal(signal.SIGALRM) is not _ring:
            signal.signal(signal.SIGALRM, _ring)
        left_s, _ = signal.getitimer(signal.ITIMER_REAL)
        if not 0 < left_s <= self._timeout:
            signal.setitimer(signal.ITIMER_REAL, self._timeout)
        Alarm._set = self

    def cancel_death_penalty(self) -> None:
        """Let no exception be raised any more."""
        Alarm._set = None
        if self.is_due:
            super().cancel_death_penalty()  # type: ignore[no-untyped-call] # RQ leaves it untyped

    @classmethod
    def ring(cls) -> None:
        """Leave the rest to RQ, whose frames a failure shows; or wait on, or do nothing."""
        alarm = cls._set
        if alarm is None:
            return
        left_s = alarm.until - time.monotonic()
        if left_s <= 0:
            alarm.is_due = True
            signal.signal(signal.SIGALRM, alarm.handle_death_penalty)
        signal.setitimer(signal.ITIMER_REAL, max(left_s, _AT_ONCE_S))


def _ring(_signum: int, _frame: FrameType | None) -> None:
    Alarm.ring()
