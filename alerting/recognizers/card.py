"""Payment card numbers: ISO/IEC 7812, Luhn's check digit and the ranges of the issuers."""

import re

from alerting.evidence import is_of_something_else, words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_SHAPE = re.compile(rb"(?<![0-9A-Za-z_])[0-9](?:[ \-]?[0-9]){11,18}(?![0-9A-Za-z_])")
_USUAL = re.compile(
    rb"(?:4[0-9]{15}|5[1-5][0-9]{14}|(?:222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]+"
    rb"|3[47][0-9]{13}|35(?:2[89]|[3-8])[0-9]+|6(?:011|4[4-9]|5)[0-9]+|(?:62|81)[0-9]+)"
)
_SELDOM = re.compile(
    rb"(?:4[0-9]{12}|4[0-9]{18}|3(?:0|6|8)[0-9]{12}|(?:2131|1800)[0-9]{11}|9792[0-9]{12}"
    rb"|220[0-4][0-9]{12}|(?:50|5[6-9]|6)[0-9]{10,17})"
)
_GAPS = b" -"
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_is_near = words("card", "cc", "credit", "debit", "pan", "visa", "mastercard", "amex", "карт")


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find card numbers in a run of digits; of digits one by one only where they begin."""
    data = page.data
    if (
        data[start + 1] in _GAPS
        and data[start - 1] in _GAPS
        and data[start - 2 : start - 1].isdigit()
    ):
        return []
    return [
        Match(*match.span(), confidence, "check digit and issuer")
        for match in _SHAPE.finditer(data, start, end)
        if (confidence := _confidence(page, match)) > 0
    ]


def _confidence(page: Page, match: re.Match[bytes]) -> float:
    digits = match[0].translate(None, b" -")
    if not is_luhn_valid(digits):
        return 0
    if _is_near(page, match.start()):
        return 0.95
    if is_of_something_else(page, match.start()):
        return 0.2
    if _USUAL.fullmatch(digits) and len(digits) in (15, 16):
        return 0.8
    return (0.6 if len(digits) == 16 else 0.4) if _SELDOM.fullmatch(digits) else 0


def is_luhn_valid(digits: bytes) -> bool:
    """Tell whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    return (
        sum(digits[-1::-2]) + sum(digits[-2::-2].translate(_DOUBLED)) - 48 * len(digits)
    ) % 10 == 0


RECOGNIZER = Recognizer(
    pattern=rb"\b(?:[0-9](?:[ \-]?[0-9]){12,18}|(?:5[06-9]|6[0-9])(?:[ \-]?[0-9]){10})\b",
    check=check,
    found={
        "4111111111111111": "4111111111111111",
        "2222 4000 7000 0005": "2222 4000 7000 0005",
        "amex 3782-822463-10005": "3782-822463-10005",
        "card 30569309025904": "30569309025904",
    },
    ignored=("4111111111111112", "1234567890123456", "30569309025904", "imei 352099001761481"),
)
