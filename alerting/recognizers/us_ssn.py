"""United States social security numbers, as the Social Security Administration gives them.

Area 000, 666 and 900 to 999, group 00 and serial 0000 are never given out.
"""

import re

from alerting.evidence import words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_SHAPE = re.compile(
    rb"(?<![0-9A-Za-z_.\-])([0-8][0-9]{2})([\-. ]?)([0-9]{2})\2([0-9]{4})"
    rb"(?![0-9A-Za-z_]|[\-.][0-9])"
)
_is_near = words("ssn", "social", r"tax ?payer")


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find the numbers in a run of digits; without separators they need evidence."""
    found = []
    for match in _SHAPE.finditer(page.data, start, end):
        area, separator, group, serial = match.groups()
        if area in (b"000", b"666") or group == b"00" or serial == b"0000":
            continue
        if _is_near(page, match.start()):
            found.append(Match(*match.span(), 0.95, "shape and words nearby"))
        elif separator in (b"-", b".") or (separator and not page.context(match.start()).strip()):
            found.append(Match(*match.span(), 0.6, "shape"))
    return found


RECOGNIZER = Recognizer(
    pattern=rb"\b[0-8][0-9]{2}[\-. ]?[0-9]{2}[\-. ]?[0-9]{4}\b",
    check=check,
    found={
        "123-45-6789": "123-45-6789",
        "ssn 078051123": "078051123",
        "social security number is 109.99.6000": "109.99.6000",
    },
    ignored=("666-12-9999", "123456789", "123-45-678", "123-45.6789", "000-12-3456"),
)
