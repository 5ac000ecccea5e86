"""Our detector in the form that labelled data sets ask for: ``function(text)`` yields entities."""

import functools
from collections.abc import Iterator

from alerting.detector import Detector

TYPES = {
    "api_key": "API_KEY",
    "card": "CREDIT_CARD",
    "crypto": "CRYPTO",
    "email": "EMAIL_ADDRESS",
    "iban": "IBAN_CODE",
    "ip": "IP_ADDRESS",
    "jwt": "JWT",
    "mac": "MAC_ADDRESS",
    "phone": "PHONE_NUMBER",
    "us_ssn": "US_SSN",
}


@functools.cache
def detector() -> Detector:
    """Return the detector of every kind."""
    return Detector()


def detect(text: str) -> Iterator[tuple[str, int, int, float]]:
    """Yield type, start, end and confidence of what is found in a text."""
    for one in detector().scan_text(text):
        if one.kind in TYPES:
            yield TYPES[one.kind], one.start, one.end, one.confidence
