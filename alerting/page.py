r"""Pages: buffers of bytes that are searched for personal data. Know neither patterns nor kinds.

The page of a payload is its JSON text, so a candidate stands beside the names and members around
it. Escapes are blanked, byte for byte: quotes inside texts to ``\x1f``, backslashes to ``\x1c``,
and every ``"`` that is left bounds a text. Where a text came from is worked out when asked.
"""

import re
from typing import Protocol

from alerting.finding import JsonValue
from alerting.json_text import json_text
from alerting.outline import Container, Outline, Place

_ERRORS = "surrogatepass"
_CONTEXT_LENGTH = 60
_CONTEXT_NAMES = 2
_LABELS = ("type", "kind", "label", "name", "key", "field", "тип", "назва")
_LABELLED = frozenset({"value", "val", "values", "content", "data", "text", "значення"})
_MEMBER = re.compile(r"[,{\[]\s*(?:\x1c\x1c)*\x1f\x1f")
"""Where a member or an item begins in a text that is JSON itself."""
_CAMEL = re.compile(r"(?<=[a-zа-яіїєґ])(?=[A-ZА-ЯІЇЄҐ])")
_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|.)")
_CONTROL = re.compile(rb"\\u[0-9a-f]{4}|\\.")


class Page(Protocol):
    """What recognizers look at: ``data`` is UTF-8.

    ``depth`` disguises were taken off to get at it; with any, shape alone says less.
    """

    data: bytes
    depth: int

    def context(self, position: int) -> str:
        """Return what stands before a byte, in lower case words: names, then the text itself."""
        ...

    def names(self, position: int) -> str:
        """Return the names above a text."""
        ...

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return which bytes of the payload's page the bytes ``start:end`` stand for."""
        ...


def blanked(text: bytes) -> bytes:
    """Return a JSON text of the same length without its escapes."""
    if b"\\" not in text:
        return text
    text = text.replace(b"\\\\", b"\x1c\x1c").replace(b'\\"', b"\x1f\x1f")
    for letter, blank in ((b"n", b"\n"), (b"r", b"\r"), (b"t", b"\t")):
        # A backslash and a letter in the text itself are most likely JSON or code.
        text = text.replace(b"\\" + letter, b" " + blank).replace(b"\x1c" + letter, b"\x1c" + blank)
    if b"\\" in text:
        text = _CONTROL.sub(lambda escape: b"\x1f" * len(escape[0]), text)
    return text


def words_before(data: bytes, start: int, position: int) -> str:
    """Return the end of a text, from ``start`` to ``position``; of nested JSON the last member."""
    text = data[max(start, position - _CONTEXT_LENGTH) : position].decode("utf-8", "ignore")
    return _MEMBER.split(text)[-1] if "\x1f" in text else text


def as_words(text: str) -> str:
    """Return a text in lower case with camelCase taken apart."""
    return _CAMEL.sub(" ", text).lower()


class PayloadPage:
    """The page of a payload; ``raw`` is its JSON text, the same bytes where nothing is escaped."""

    depth = 0

    __slots__ = ("_asked", "_counted", "_is_plain", "_outline", "_place", "data", "raw")

    def __init__(self, payload: JsonValue) -> None:
        self.raw, sizes = json_text(payload)
        self.data = blanked(self.raw)
        self._is_plain = self.data is self.raw and self.data.isascii()
        self._outline = Outline(payload, length=len(self.raw), sizes=sizes)
        self._place: Place | None = None
        self._asked = (-1, "")
        self._counted = (-1, 0, 0)

    def place(self, position: int) -> Place:
        """Return the text that holds a byte."""
        place = self._place
        if place is None or not place.start <= position < place.end:
            self._place = place = self._outline.place(position)
        return place

    def context(self, position: int) -> str:
        """Return the names above a byte, how its siblings label it, and the text before it."""
        if self._asked[0] != position:
            names = self.names(position)
            text = words_before(self.data, self.place(position).start, position)
            self._asked = (position, as_words(f"{names} {text}"))
        return self._asked[1]

    def names(self, position: int) -> str:
        """Return the names above a text, the nearest last, and what a label beside it says."""
        place = self.place(position)
        container = place.container
        if container is None:
            return ""
        if container.names is None or place.is_name:
            return _names_above(container)
        own = container.names[place.number]
        labels = _labels(container) if own.lower() in _LABELLED else ""
        return f"{labels} {_names_above(container)} {own[-_CONTEXT_LENGTH:]}"

    def span(self, place: Place, start: int, end: int) -> tuple[int, int]:
        """Turn bytes of a text into its code points; cheapest in ascending order."""
        if self._is_plain:
            return start - place.start, end - place.start
        text, position, count = self._counted
        if text != place.start or position > start:
            position, count = place.start, 0
        first = count + self._length(position, start) if position < start else count
        last = first + self._length(start, end)
        self._counted = (place.start, end, last)
        return first, last

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the bytes as they are: this is the payload's page."""
        return start, end

    def _length(self, start: int, end: int) -> int:
        piece = self.raw[start:end]
        is_escaped = b"\\" in piece
        if not is_escaped and piece.isascii():
            return end - start
        text = piece.decode("utf-8", _ERRORS)
        if not is_escaped:
            return len(text)
        return len(text) - sum(len(escape) - 1 for escape in _ESCAPE.findall(text))


def _names_above(container: Container) -> str:
    """Return the names of the members that hold a container."""
    found: list[str] = []
    while (parent := container.parent) is not None and len(found) < _CONTEXT_NAMES:
        if parent.names is not None:
            found.append(parent.names[container.number][-_CONTEXT_LENGTH:])
        container = parent
    return " ".join(reversed(found))


def _labels(container: Container) -> str:
    """Return the short texts by which an object says what its value is."""
    names = container.names or ()
    members = dict(zip(names, container.values, strict=True)) if len(names) <= 8 else {}
    labels = [members.get(name) for name in _LABELS]
    return " ".join(label[:_CONTEXT_LENGTH] for label in labels if isinstance(label, str))
