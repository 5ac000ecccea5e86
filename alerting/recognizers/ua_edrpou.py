"""Ukraine's codes of legal persons (EDRPOU): eight digits with a check digit (python-stdnum)."""

import re

from stdnum.ua import edrpou

from alerting.evidence import words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_SHAPE = re.compile(rb"(?<![0-9A-Za-z_+.\-])[0-9]{8}(?![0-9A-Za-z_]|[.\-][0-9])")
_is_near = words("edrpou", "єдрпоу", "едрпоу")


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find codes in a run of digits; eight digits need a name that says what they are."""
    return [
        Match(*match.span(), 0.9, "check digit and words nearby")
        for match in _SHAPE.finditer(page.data, start, end)
        if _is_near(page, match.start()) and edrpou.is_valid(match[0].decode())
    ]


RECOGNIZER = Recognizer(
    pattern=rb"\b[0-9]{8}\b",
    check=check,
    found={"ЄДРПОУ 32855961": "32855961", '{"edrpou": "32855961"}': "32855961"},
    ignored=("32855961", "ЄДРПОУ 32855968", "edrpou: 2024-03-12"),
)
