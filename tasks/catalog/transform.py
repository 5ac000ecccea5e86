"""The task ``transform``: a clean contact record. Knows the written forms of names and numbers."""

import re
import unicodedata

import phonenumbers

from alerting.finding import JsonValue
from tasks.registry import task

_EMAIL = re.compile(r"[^\s@:/]+@[\w-]+(\.[\w-]+)+")
# The trunk zero or the country code must be there: nine bare digits are more often a document.
_PHONE = re.compile(r"(?=[\s(+]*(?:0|3\s?8))[\d\s()+./–—-]{9,24}")
_UKRAINE = 380


@task(idempotent=True)
def transform(payload: JsonValue) -> JsonValue:
    """Return a clean contact record.

    In texts at any depth: Unicode is normalised (NFC), white space trimmed and its runs collapsed;
    a text that is an e-mail address gets a lower-case domain, one that is a Ukrainian phone number
    the form E.164. Numbers stay numbers, member names stay as they are: a caller's schema outlives
    the cleaning.
    """
    if isinstance(payload, str):
        return _clean_text(payload)
    # map() instead of a comprehension: one Python frame per level of nesting, not two.
    if isinstance(payload, list):
        return list(map(transform, payload))
    if isinstance(payload, dict):
        return dict(zip(payload, map(transform, payload.values()), strict=True))
    return payload


def _clean_text(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if _EMAIL.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    return _e164(text) or text if _PHONE.fullmatch(text) else text


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "UA")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != _UKRAINE or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
