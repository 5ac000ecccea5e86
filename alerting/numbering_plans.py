"""Numbering plans of the world, as libphonenumber has them. Knows neither pages nor evidence.

It takes a while to import, and most scans need none of it.
"""

import re

import phonenumbers

_NATIONAL_REGION = "UA"  # as the task `transform` reads a number without a country code
_LONG_DISTANCE = re.compile(r"80[3-9]\d{8}")
_NOT_DIGITS = re.compile(r"\D")


def e164(text: str) -> str:
    """Return the form E.164, or the digits alone of what no numbering plan knows."""
    try:
        number = phonenumbers.parse(text, _NATIONAL_REGION)
    except phonenumbers.NumberParseException:
        return text
    if phonenumbers.is_possible_number(number):
        main = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return f"{main};ext={number.extension}" if number.extension else main
    digits = _NOT_DIGITS.sub("", text)
    return f"+3{digits}" if _LONG_DISTANCE.fullmatch(digits) else digits
