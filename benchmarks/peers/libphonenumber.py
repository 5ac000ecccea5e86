"""The matcher of libphonenumber, with a regular expression for e-mail addresses."""

from collections.abc import Iterator

import phonenumbers

from benchmarks.peers.regexes import EMAIL

NAME = "phonenumbers + regex"
PACKAGE = "phonenumbers"
SETUP = "`PhoneNumberMatcher` for region UA, and the e-mail pattern of the two regexes"


def detect(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield e-mail addresses and phone numbers."""
    for match in EMAIL.finditer(text):
        yield "EMAIL_ADDRESS", *match.span()
    for number in phonenumbers.PhoneNumberMatcher(text, "UA"):
        yield "PHONE_NUMBER", number.start, number.end
