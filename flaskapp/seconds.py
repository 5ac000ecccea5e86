"""Lengths of time as clients write them. Knows no limits."""

import re

_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def parse_seconds(text: str) -> float | None:
    """Return the seconds that a text like ``2`` or ``0.25`` means, or None if it is not one."""
    return float(text) if _SECONDS.fullmatch(text) else None


def format_seconds(seconds: float) -> str:
    """Return the shortest text that means these seconds."""
    return str(int(seconds)) if seconds == int(seconds) else str(seconds)
