"""CommonRegex: a collection of regular expressions."""

from collections.abc import Iterator

import commonregex

NAME = "CommonRegex"
PACKAGE = "commonregex"
SETUP = "its patterns for the types of the table"

_PATTERNS = {
    "EMAIL_ADDRESS": [commonregex.email],
    "PHONE_NUMBER": [commonregex.phone],
    "CREDIT_CARD": [commonregex.credit_card],
    "IP_ADDRESS": [commonregex.ip, commonregex.ipv6],
    "CRYPTO": [commonregex.btc_address],
}


def detect(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what its patterns find, white space at the ends left out as it does."""
    for kind, patterns in _PATTERNS.items():
        for pattern in patterns:
            for match in pattern.finditer(text):
                value = match.group()
                start = match.start() + len(value) - len(value.lstrip())
                yield kind, start, start + len(value.strip())
