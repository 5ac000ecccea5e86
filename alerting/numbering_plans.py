"""Numbering plans of the world, as libphonenumber has them. Knows neither pages nor evidence.

It takes a while to import, and most scans need none of it.
"""

import re
from collections.abc import Iterable

import phonenumbers

_NATIONAL_REGION = "UA"  # as the task `transform` reads a number without a country code
_LONG_DISTANCE = re.compile(r"80[3-9]\d{8}")
_NOT_DIGITS = re.compile(r"\D")
# What the plan of Ukraine does not change: with its country code or the trunk prefix, nine digits.
_UKRAINIAN = re.compile(r"(?:\+380|0)((?:[ ().-]*[0-9]){9})")


def regions() -> list[str]:
    """Return the countries and territories with a plan (ISO 3166-1 alpha-2), sorted."""
    return sorted(phonenumbers.SUPPORTED_REGIONS)


def region_of_national(text: str, among: Iterable[str]) -> str | None:
    """Return the first of some regions in which the whole text is a valid national number.

    It begins with the trunk prefix where people write one. A country code without plus sign or
    prefix before it makes none: in countries with numbers of any length too much would be one.
    """
    return next((region for region in among if _is_national(text, region)), None)


def _is_national(text: str, region: str) -> bool:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    significant = phonenumbers.national_significant_number(number)
    has_bare_code = _NOT_DIGITS.sub("", text) == f"{number.country_code}{significant}"
    return (
        not has_bare_code
        and phonenumbers.is_valid_number_for_region(number, region)
        and _is_written_as_one(text, region)
    )


def _is_written_as_one(text: str, region: str) -> bool:
    """Tell whether the text is no date or the like, and has its trunk prefix."""
    matches = phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID)
    match = next(iter(matches), None)
    return match is not None and match.raw_string == text


def e164(text: str) -> str:
    """Return the form E.164, or the digits alone of what no numbering plan knows.

    The form of most numbers here needs no plan, which takes twenty times as long.
    """
    ukrainian = _UKRAINIAN.fullmatch(text)
    if ukrainian:
        digits = _NOT_DIGITS.sub("", ukrainian[1])
        if not digits.startswith("0"):
            return f"+380{digits}"
    return _form_by_plan(text)


def _form_by_plan(text: str) -> str:
    try:
        number = phonenumbers.parse(text, _NATIONAL_REGION)
    except phonenumbers.NumberParseException:
        return text
    if phonenumbers.is_possible_number(number):
        main = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{main};ext={number.extension}" if number.extension else main
    digits = _NOT_DIGITS.sub("", text)
    return f"+3{digits}" if _LONG_DISTANCE.fullmatch(digits) else digits
