"""Evidence: what the names and words around a candidate say. Knows words, not payloads."""

import re
from collections.abc import Callable

from alerting.page import Page

_NEAR_LENGTH = 24


def words(*stems: str) -> Callable[[Page, int], bool]:
    """Return a test whether one of the stems begins a word before a candidate.

    The text before it and the names of its member and of those around it count. A stem is a
    regular expression in lower case; it may begin anywhere a word does, in camelCase too.
    """
    found = re.compile(rf"(?<![^\W_])(?:{'|'.join(stems)})").search

    def is_near(page: Page, position: int) -> bool:
        return found(page.context(position)) is not None

    return is_near


def _whole_words(*names: str) -> Callable[[Page, int], bool]:
    found = re.compile(rf"(?<![^\W_])(?:{'|'.join(names)})(?![^\W\d_])").search

    def is_near(page: Page, position: int) -> bool:
        return found(page.context(position)[-_NEAR_LENGTH:]) is not None

    return is_near


is_of_something_else = _whole_words(
    *("isbn", "ean", "imei", "isin", "version", "hash", "sha", "md5", "uuid", "guid", "price"),
    *("amount", "sum", "date", "timestamp", "lat", "lon", "location", "coordinates", "postal"),
    *("code", "zip", "plate", "order", "invoice", "tracking", "sku", "iban", "vat", "id"),
    *("ціна", "сума", "дата", "версія", "замовлення", "єдрпоу", "іпн", "паспорт", "passport"),
)
"""Words right before a candidate that say it is a number of another sort."""
