"""Telephone numbers: ITU-T E.164, and Ukraine's national numbers in every written form.

National numbers are ten digits after the trunk prefix 0; 8 may stand before it for long distance
and 380 is the country code (Ukraine's national numbering plan).
"""

import re
from collections.abc import Sequence

from alerting.candidates import GAP, NUMBER
from alerting.evidence import is_of_something_else, words
from alerting.page import Page
from alerting.recognizer import Check, Match, Recognizer, without_layout

_G = GAP + rb"{0,3}"
_UKRAINIAN = re.compile(
    rb"(?<![0-9])(?<![0-9][\-./])[+(]{0,2}(?:(?:00"
    + _G
    + rb")?3"
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
_AMERICAN = re.compile(
    rb"(?:\+?1[ .\-]?)?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.\-])[0-9]{3}[.\-][0-9]{4}"
)
_DATE = re.compile(
    rb"(?:19|20)[0-9]{2}[\-./][0-9]{1,2}[\-./]|[0-9]{1,2}[\-./][0-9]{1,2}[\-./](?:19|20)"
)
_EXTENSION = re.compile(
    rb" {0,4}(?:,? ?ext(?:ension|\.)?:?|x|X|#|int\.) {0,4}[0-9]{1,7}(?![0-9A-Za-z])"
)
_is_near = words(
    "phone",
    "tel",
    "mob",
    "cell",
    "call",
    "fax",
    "dial",
    "reach",
    "sms",
    "whats",
    "viber",
    "contact",
    "callback",
    "answering",
    "registered",
    "messages? to",
    "office",
    "desk",
    "hotline",
    "тел",
    "моб",
    "дзвон",
    "номер",
    "факс",
)
_LABEL_AFTER = re.compile(
    rb"[ \-,(]{1,3}(?:office|mobile|cell|home|work|fax|phone|tel|mob"
    rb"|\xd1\x82\xd0\xb5\xd0\xbb|\xd0\xbc\xd0\xbe\xd0\xb1)(?![0-9A-Za-z_/])",  # тел, моб
    re.IGNORECASE,
)
_NO_DIGITS = bytes(byte for byte in range(256) if byte not in b"0123456789")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_LONGEST_RUN = 40
_FRACTION = re.compile(rb"[0-9]+\.[0-9]+")
_GOES_ON_FROM = re.compile(rb"(?<=[\-./#$%&=@])")
_GOES_ON = re.compile(rb"[\-./]?[0-9A-Za-z_@$%&=]")


def _is_inside_a_word(data: bytes, start: int, end: int) -> bool:
    return data[start - 1 : start] in _WORDS or data[end : end + 1] in _WORDS


_WORDS = frozenset(bytes([byte]) for byte in _WORD_BYTES)


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find the numbers in a run of digits."""
    data = page.data
    if end - start > _LONGEST_RUN and data[start:end].isdigit():
        return []
    found = [
        Match(*match.span(), 0.9, "Ukrainian number")
        for match in _UKRAINIAN.finditer(data, start, end)
        if match[0].startswith(b"+") or not _is_inside_a_word(data, *match.span())
    ]
    if not found and b"+" in data[start : start + 2]:
        found = [
            Match(match.start(), _end_of(data, match.end()), 0.8, "plus sign and country code")
            for match in _INTERNATIONAL.finditer(data, start, end)
            if match[0][1:2] != b"1" or len(match[0].translate(None, _NO_DIGITS)) == 11
        ]
    return found or _national(page, start, end)


def _end_of(data: bytes, end: int) -> int:
    extension = _EXTENSION.match(data, end)
    return extension.end() if extension else end


def _national(page: Page, start: int, end: int) -> list[Match]:
    """Find a number of another country, which needs evidence."""
    if not _may_be_national(page, start, end):
        return []
    data = page.data
    number_end, end = end, _end_of(data, end)
    is_labelled = _LABEL_AFTER.match(data, end) and not _GOES_ON_FROM.match(data, start)
    if is_labelled or _is_near(page, start):
        return [Match(start, end, 0.6, "words nearby")]
    american = _AMERICAN.fullmatch(data, start, number_end)
    return [Match(start, end, 0.55, "shape of the North American plan")] if american else []


def _may_be_national(page: Page, start: int, end: int) -> bool:
    data = page.data
    if data[start] in _WORD_BYTES or _is_inside_a_word(data, start, _end_of(data, end)):
        return False
    if _DATE.match(data, start, end):
        return False
    digits = len(data[start:end].translate(None, _NO_DIGITS))
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not is_of_something_else(page, start)


def in_regions(regions: Sequence[str]) -> Check:
    """Return the check for some countries, whose valid numbers need no further evidence."""
    # Imported here because it is slow, and most detectors do without.
    from alerting.numbering_plans import region_of_national  # noqa: PLC0415

    def check_there(page: Page, start: int, end: int) -> list[Match]:
        """Find the numbers in a run of digits, those of the countries too."""
        found = check(page, start, end)
        if found or not _stands_alone(page.data, start, end):
            return found
        if not _may_be_national(page, start, end):
            return found
        region = region_of_national(page.data[start:end].decode(), regions)
        if region is None:
            return found
        return [Match(start, _end_of(page.data, end), 0.55, f"valid number in {region}")]

    return check_there


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Tell whether a run is neither part of something longer nor a decimal fraction."""
    return (
        not _GOES_ON_FROM.match(data, start)
        and not _GOES_ON.match(data, end)
        and not _FRACTION.fullmatch(data, start, end)
    )


def normal(text: str) -> str:
    """Return the form E.164, with the extension after it."""
    from alerting.numbering_plans import e164  # noqa: PLC0415 - as above

    return e164(without_layout(text))


RECOGNIZER = Recognizer(
    pattern=NUMBER,
    check=check,
    found={
        "call +380961234567": "+380961234567",
        "067 123 45 67": "067 123 45 67",
        "(044) 123-45-67 доб. 12": "(044) 123-45-67",
        "8 (067) 123-45-67": "8 (067) 123-45-67",
        "+3 (8067) 123 45 67": "+3 (8067) 123 45 67",
        "тел0671234567": "0671234567",
        "380671234567": "380671234567",
        "00380 96 123 45 67": "00380 96 123 45 67",
        "call 781 5991": "781 5991",
        "9885 1152 (office)": "9885 1152",
        "(415) 555-0132": "(415) 555-0132",
        "+44 20 7946 0958": "+44 20 7946 0958",
    },
    ignored=(
        "2024-03-12T10:11:12Z",
        "1748503543012",
        "a0671234567f",
        "12.345.678",
        "20240312",
        "call x781 5991",
        "browser/52.0.819.0 Mobile",
    ),
    normal=normal,
    in_regions=in_regions,
)
