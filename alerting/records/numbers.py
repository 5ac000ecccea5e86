"""The numbers of alerts: they grow with the time of recording, so they cut pages and spans of time.

A number is the microseconds since 1970 and, below them, some bits that keep apart what was recorded
at the same time. Knows no database.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOW_BITS = 10  # With them 63 bits last until the year 2255.


def number_of(moment: datetime, salt: int) -> int:
    """Return a number for what was recorded at an aware moment; another salt makes another."""
    return first_number(moment) + salt % (1 << _LOW_BITS)


def first_number(moment: datetime) -> int:
    """Return the least number that a moment can have."""
    microseconds: int = (moment - _EPOCH) // timedelta(microseconds=1)
    return microseconds << _LOW_BITS
