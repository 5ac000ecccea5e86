"""The two regular expressions that everybody writes first."""

import re
from collections.abc import Iterator

NAME = "two regexes"
PACKAGE = None
SETUP = "an e-mail and a phone pattern of the standard library, the ones written first"

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+380\d{9}")


def detect(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield e-mail addresses and phone numbers."""
    for match in EMAIL.finditer(text):
        yield "EMAIL_ADDRESS", *match.span()
    for match in _PHONE.finditer(text):
        yield "PHONE_NUMBER", *match.span()
