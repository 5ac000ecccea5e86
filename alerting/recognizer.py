"""What a recognizer is: the contract between the detector and the files in ``recognizers``.

A file there is one kind of personal data; its name is the kind. It holds one ``RECOGNIZER``.
Knows neither payloads nor the regular expression engine.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alerting.page import Page

THRESHOLD = 0.5
"""A match below this confidence is no finding; see docs/decisions/0003-detector.md."""


class Match(NamedTuple):
    """A value found on a page: the bytes ``start:end``, how sure it is, and why."""

    start: int
    end: int
    confidence: float
    why: str


Check = Callable[[Page, int, int], Sequence[Match]]
"""Look at a candidate, the bytes ``start:end`` of a page; return the values that it holds.

The values may begin before the candidate or end after it, inside the same text.
"""

_GROUPED_DIGITS = re.compile(r"[\d-]+")


def mask_all(text: str) -> str:
    """Mask a value and keep nothing of it."""
    return "***" if text else text


def mask_but_tail(text: str) -> str:
    """Mask a value and keep its last two characters when it has eight or more."""
    return "***" + (text[-2:] if len(text) >= 8 else "")


def without_layout(text: str) -> str:
    """Return the normal form of a value of which nothing else is known.

    Compatible characters are one (NFKC); white space and, of digits in groups, hyphens are left
    out.
    """
    text = "".join(unicodedata.normalize("NFKC", text).split())
    return text.replace("-", "") if _GROUPED_DIGITS.fullmatch(text) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognizer:
    """Finds one kind of personal data.

    ``pattern`` finds candidates in UTF-8 bytes, in the syntax that google-re2 and :mod:`re` share:
    no look-around, no group that captures, bounded or stopping soon after its match ends, and
    never across a control character. Recognizers with the same pattern share one search.
    ``check`` looks at a candidate. ``found`` maps a text to the value in it, ``ignored`` are
    texts without one: the examples are tests.

    ``normal`` returns the one form of a value that may be written in many ways, for any text; two
    forms that it does not know as one merely count as two values. ``in_regions`` returns the check
    for an installation in some countries (ISO 3166-1 alpha-2), where their national forms need no
    further evidence.
    """

    pattern: bytes
    check: Check
    found: dict[str, str]
    ignored: tuple[str, ...]
    mask: Callable[[str], str] = mask_but_tail
    normal: Callable[[str], str] = without_layout
    in_regions: Callable[[Sequence[str]], Check] | None = None
