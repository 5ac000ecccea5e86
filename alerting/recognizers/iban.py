"""Bank account numbers: ISO 13616 with its check digits; lengths and shapes from python-stdnum."""

import re

from stdnum import iban

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, without_layout

_CHARACTER = re.compile(rb"[ \-]?([A-Za-z0-9])")
_UNREGISTERED = (
    dict.fromkeys(("AO", "CV", "GW", "MZ"), 25)
    | dict.fromkeys(("DZ", "IR"), 26)
    | dict.fromkeys(("CF", "CG", "CM", "DJ", "GA", "GQ", "KM", "MG", "TD"), 27)
    | dict.fromkeys(("BF", "BJ", "CI", "HN", "MA", "ML", "NE", "NI", "SN", "TG"), 28)
)
"""Lengths in countries that use the form without standing in SWIFT's registry."""
_ALNUM = re.compile(rb"[A-Za-z0-9]")


def _is_sound(number: str) -> bool:
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    if int(digits) % 97 != 1:
        return False
    if number[:2] in _UNREGISTERED:
        return len(number) == _UNREGISTERED[number[:2]]
    return bool(iban.is_valid(number, check_country=False))


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Find the account number that begins with a candidate; words may follow it."""
    data = page.data
    number = ""
    for character in _CHARACTER.finditer(data, start, end):
        number += character[1].decode().upper()
        if len(number) >= 15 and not _ALNUM.match(data, character.end()) and _is_sound(number):
            return (Match(start, character.end(), 0.95, "country, length and check digits"),)
    return ()


def normal(text: str) -> str:
    """Return the electronic format of ISO 13616: capital letters and digits alone."""
    return without_layout(text).replace("-", "").upper()


RECOGNIZER = Recognizer(
    pattern=rb"\b[A-Za-z]{2}[0-9]{2}(?:[ \-]?[A-Za-z0-9]){11,30}",
    check=check,
    found={
        "UA213223130000026007233566001": "UA213223130000026007233566001",
        "to GB29 NWBK 6016 1331 9268 19 today": "GB29 NWBK 6016 1331 9268 19",
        "nl91abna0417164300": "nl91abna0417164300",
    },
    ignored=("UA213223130000026007233566002", "AB12345678901234567890"),
    normal=normal,
)
