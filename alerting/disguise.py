"""What a disguise is: a way to write a value so that it does not look like one.

A file in ``alerting/disguises`` is one; it holds one ``DISGUISE``. Its pattern finds where it may
be used, and that part of a page becomes a page of its own in which the value is plain. Knows no
kinds of personal data.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import alerting.disguises
from alerting.page import Page
from alerting.plain_page import PlainPage
from alerting.plugins import discover

ENTRY_POINT_GROUP = "piigate.disguises"

_LINE_LENGTH = 256
_LINE_ENDS = (b'"', b"\n", b"\r", b"\x1f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """One way to hide a value.

    ``pattern`` finds the part of a page where it may be used, in the syntax of
    :class:`alerting.recognizer.Recognizer`. ``tokens`` are replaced there by what ``plain`` makes
    of them; one that stays the same was none. With ``is_line`` the part begins with the line.
    ``certainty`` in (0, 1] weighs what is found. ``hidden`` maps texts to the values in them.
    """

    pattern: bytes
    tokens: re.Pattern[str]
    plain: Callable[[str], str]
    hidden: dict[str, str]
    is_line: bool = False
    certainty: float = 1.0


def a_gap(_token: str) -> str:
    """Stand for what separates the digits of one number."""
    return " "


@functools.cache
def disguises() -> tuple[Disguise, ...]:
    """Return the disguises that are known."""
    plugins = discover(alerting.disguises, ENTRY_POINT_GROUP)
    return tuple(module.DISGUISE for module in plugins.values())


def plain_page(
    disguise: Disguise, page: Page, start: int, end: int, *, most: int
) -> PlainPage | None:
    """Return the part ``start:end`` of a page in plain; None where nothing was disguised.

    At most so many tokens are replaced; ``count`` of the result says how many were.
    """
    if disguise.is_line:
        start = _line_start(page.data, start)
    text = page.data[start:end].decode("utf-8", "surrogatepass")
    pieces: list[tuple[str, str]] = []
    done = 0
    for token in islice(disguise.tokens.finditer(text), most):
        written = token[0]
        plain = disguise.plain(written)
        if plain != written:
            start_of_token, end_of_token = token.span()
            if done < start_of_token:
                kept = text[done:start_of_token]
                pieces.append((kept, kept))
            pieces.append((plain, written))
            done = end_of_token
    if not pieces:
        return None
    result = PlainPage(start=start, names=page.names(start), parent=page)
    rest = text[done:]
    result.fill([*pieces, (rest, rest)])
    return result


def _line_start(data: bytes, position: int) -> int:
    """Return where the line begins, at most so many bytes back that a value cannot be longer."""
    first = max(0, position - _LINE_LENGTH)
    start = max(first, *(data.rfind(end, first, position) + 1 for end in _LINE_ENDS))
    while start < position and data[start] & 0xC0 == 0x80:  # not inside a character
        start += 1
    return start
