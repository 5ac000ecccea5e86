"""Scrubadub with the detectors that need no model."""

import functools
from collections.abc import Iterator

import scrubadub.detectors

NAME = "scrubadub"
PACKAGE = "scrubadub"
SETUP = "e-mail, phone (locale uk_UA), card and social security number (en_US) detectors"

_TYPES = {
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "credit_card": "CREDIT_CARD",
    "social_security_number": "US_SSN",
}


@functools.cache
def _detectors() -> list[scrubadub.detectors.Detector]:
    return [
        scrubadub.detectors.EmailDetector(locale="uk_UA"),
        scrubadub.detectors.PhoneDetector(locale="uk_UA"),
        scrubadub.detectors.CreditCardDetector(locale="uk_UA"),
        scrubadub.detectors.en_US.SocialSecurityNumberDetector(locale="en_US"),
    ]


def detect(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield what the detectors find."""
    for one in _detectors():
        for filth in one.iter_filth(text):
            yield _TYPES[one.name], filth.beg, filth.end
