"""The one form of a value that may be written in many ways, to tell whether two are the same.

What it does not know stays as it is written: two forms of one value then merely count as two.
"""

import re
import unicodedata

import phonenumbers

_NATIONAL_REGION = "UA"  # as the task `transform` reads a number without a country code
_LONG_DISTANCE = re.compile(r"80[3-9]\d{8}")
_NOT_DIGITS = re.compile(r"\D")
_GROUPED_DIGITS = re.compile(r"[\d-]+")


def normal_form(kind: str, text: str) -> str:
    """Return the normal form of a value.

    In each, compatible characters are one (NFKC) and white space is left out. An e-mail address
    gets its domain in lower case, a telephone number the form E.164, its extension after it; of
    digits in groups the hyphens go.
    """
    text = "".join(unicodedata.normalize("NFKC", text).split())
    if kind == "email":
        local, at, domain = text.rpartition("@")
        return f"{local}{at}{domain.lower()}"
    if kind == "phone":
        return _phone(text)
    return text.replace("-", "") if _GROUPED_DIGITS.fullmatch(text) else text


def _phone(text: str) -> str:
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
