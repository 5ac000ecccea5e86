"""A finding: a kind of personal data at a place in a payload. Holds no value by design."""

from typing import NamedTuple, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""Any value that JSON can hold, as :func:`json.loads` returns it."""


class Finding(NamedTuple):
    """Personal data of one kind at one place.

    A tuple, because one is made for every finding while a request waits.

    ``pointer`` is an RFC 6901 JSON pointer to the value; ``start`` and ``end`` count code points
    in the text of that value (for a number: in its JSON text). With ``in_key`` the personal data
    is the member's name, and the span counts in that name. ``confidence`` lies in (0, 1], ``why``
    says what it rests on. ``place`` is the pointer in numbers, the how-manieth member or item at
    each level: it stays exact where names are masked alike.
    """

    kind: str
    pointer: str
    start: int
    end: int
    confidence: float
    in_key: bool = False
    why: str = ""
    place: tuple[int, ...] = ()
