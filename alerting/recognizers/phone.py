"""Telephone numbers: ITU-T E.164, and Ukraine's national numbers in every written form.

National numbers are ten digits after the trunk prefix 0; 8 may stand before it for long distance
and 380 is the country code (Ukraine's national numbering plan).
"""

import re

from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_GAP = rb"(?:[ ().\-/]|\xc2\xa0|\xe2\x80[\x8b-\x95\xaf]|\xe2\x81\xa0|\xc2\xad)"
_G = _GAP + rb"{0,3}"
_UKRAINIAN = re.compile(
    rb"(?<![0-9])[+(]{0,2}(?:3"
    + _G
    + rb"8|8|)"
    + _G
    + rb"0"
    + _G
    + rb"[3-9](?:"
    + _G
    + rb"[0-9]){8}(?![0-9])"
)
_INTERNATIONAL = re.compile(rb"\+[(]?[1-9](?:" + _G + rb"[0-9]){7,14}(?![0-9])")
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_MAX_RUN_BYTES = 400


def _is_inside_a_word(data: bytes, start: int, end: int) -> bool:
    return data[start - 1 : start] in _WORDS or data[end : end + 1] in _WORDS


_WORDS = frozenset(bytes([byte]) for byte in _WORD_BYTES)


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find the numbers in a run of digits."""
    data = page.data
    if end - start > _MAX_RUN_BYTES:
        return []
    found = [
        Match(*match.span(), 0.9, "Ukrainian number")
        for match in _UKRAINIAN.finditer(data, start, end)
        if data[match.start()] == 0x2B or not _is_inside_a_word(data, *match.span())
    ]
    if not found and data[start : start + 2].find(b"+") >= 0:
        found = [
            Match(*match.span(), 0.8, "plus sign and country code")
            for match in _INTERNATIONAL.finditer(data, start, end)
        ]
    return found


RECOGNIZER = Recognizer(
    pattern=rb"[+(]{0,2}[0-9](?:" + _GAP + rb"{0,3}[0-9]){6,}",
    check=check,
    found={
        "call +380961234567": "+380961234567",
        "067 123 45 67": "067 123 45 67",
        "(044) 123-45-67 доб. 12": "(044) 123-45-67",
        "8 (067) 123-45-67": "8 (067) 123-45-67",
        "+3 (8067) 123 45 67": "+3 (8067) 123 45 67",
        "тел0671234567": "0671234567",
        "380671234567": "380671234567",
        "+44 20 7946 0958": "+44 20 7946 0958",
    },
    ignored=("2024-03-12T10:11:12Z", "1748503543012", "a0671234567f", "12.345.678", "20240312"),
)
