"""Ids that nobody gives twice. Know nothing of what has them.

They are UUIDs of version 7 (RFC 9562), which grow with time, so an index of them grows at its end
instead of everywhere.
"""

import os
import time

_VARIANTS = "89ab"


def new_id() -> str:
    """Return an id as 32 hexadecimal digits, of which 74 bits are random."""
    random = os.urandom(10).hex()
    variant = _VARIANTS[ord(random[3]) % 4]
    return f"{time.time_ns() // 1_000_000:012x}7{random[:3]}{variant}{random[4:19]}"


def new_job_id() -> str:
    """Return an id as a UUID is written, as RQ's own."""
    digits = new_id()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
