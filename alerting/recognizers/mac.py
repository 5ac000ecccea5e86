"""Hardware addresses: EUI-48 and EUI-64 (IEEE 802), in pairs or in dotted quads."""

import re

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, without_layout

_WORD = re.compile(rb"[0-9A-Za-z_]")
_SEPARATORS = re.compile(r"[:.\-]")


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate that no word or further pair continues and that is no broadcast."""
    data = page.data
    if (start and _WORD.match(data, start - 1)) or _WORD.match(data, end):
        return ()
    value = data[start:end].translate(None, b":-. ")
    if data[start - 1 : start] in (b":", b"-") or data[end : end + 1] in (b":", b"-"):
        return ()
    if value.isdigit() or not value.strip(value[:1]):
        return ()
    return (Match(start, end, 0.92, "shape of a hardware address"),)


def _pairs(separator: bytes) -> bytes:
    more = rb"(?:" + separator + rb"[0-9A-Fa-f]{2})"
    return rb"[0-9A-Fa-f]{2}(?:" + more + rb"{7}|" + more + rb"{5})"


def normal(text: str) -> str:
    """Return the hexadecimal digits alone, in lower case."""
    return _SEPARATORS.sub("", without_layout(text)).lower()


RECOGNIZER = Recognizer(
    pattern=rb"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2,3}|"
    + b"|".join(_pairs(separator) for separator in (b":", rb"\-", b" ")),
    check=check,
    found={
        "MAC 00-1A-2B-3C-4D-5E": "00-1A-2B-3C-4D-5E",
        "0012.3456.789a": "0012.3456.789a",
        "a9:c5:d4:9f:eb:d3": "a9:c5:d4:9f:eb:d3",
        "01:02:03:04:05:06:07:ab": "01:02:03:04:05:06:07:ab",
    },
    ignored=("00:1A:2B:3C:4D", "FF:FF:FF:FF:FF:FF", "12:34:56:78:90:12"),
    normal=normal,
)
