"""DataFog, its engine of regular expressions."""

from collections.abc import Iterator

from datafog.engine import scan

NAME = "DataFog"
PACKAGE = "datafog"
SETUP = "its `regex` engine with the default patterns"

_TYPES = {
    "EMAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "CREDIT_CARD": "CREDIT_CARD",
    "IP_ADDRESS": "IP_ADDRESS",
    "SSN": "US_SSN",
}


def detect(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what its default patterns find."""
    for one in scan(text, engine="regex").entities:
        if one.type in _TYPES:
            yield _TYPES[one.type], one.start, one.end
