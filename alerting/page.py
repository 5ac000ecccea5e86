"""A page: all texts of a payload joined into one UTF-8 buffer that is searched once.

Member names stand right before their values, so what surrounds a candidate can be read in the
buffer. Containers are laid out breadth first, the members of each side by side; where a text came
from is worked out only for findings. Knows neither patterns nor kinds.
"""

import re
import unicodedata
from bisect import bisect_right

from alerting.finding import JsonValue

SEPARATOR = b"\x1e"
_SEPARATOR = SEPARATOR.decode()
_STAND_IN = "\x1f"
_FOLDED = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFF5F)} | {
    first + digit: str(digit) for first in (0x0660, 0x06F0, 0x0966) for digit in range(10)
}
"""Digits of other scripts, full-width and small forms, each to its one ASCII character."""
_ERRORS = "surrogatepass"
_CONTEXT_LENGTH = 60
_CONTEXT_NAMES = 3
_MEMBER = re.compile(r"[,{\[]\s*\\*\"")
"""Where a member or an item begins in a text that is JSON itself."""
_CAMEL = re.compile(r"(?<=[a-zа-яіїєґ])(?=[A-ZА-ЯІЇЄҐ])")


def number_text(value: JsonValue) -> str:
    """Return the JSON text of a number, and nothing for null, true, false and endless integers."""
    if value is None or isinstance(value, bool):
        return ""
    try:
        return repr(value)
    except ValueError:  # more digits than Python's limit for integers
        return ""


class Page:
    """The texts of a payload in one buffer.

    ``data`` is the buffer, in UTF-8. Texts are numbered in the order of the buffer.
    """

    __slots__ = ("_containers", "_counted", "_firsts", "_is_scalar", "_parents", "_texts", "data")

    def __init__(self, payload: JsonValue) -> None:
        self._is_scalar = not isinstance(payload, dict | list)
        self._containers: list[JsonValue] = [[payload] if self._is_scalar else payload]
        self._parents: list[tuple[int, int]] = [(-1, 0)]
        self._firsts: list[int] = []
        self._texts: list[str] = []
        self._counted = (0, 0)
        self._lay_out()
        joined = _SEPARATOR.join(self._texts)
        if joined.count(_SEPARATOR) >= max(len(self._texts), 1):
            joined = _SEPARATOR.join(text.replace(_SEPARATOR, _STAND_IN) for text in self._texts)
        if not joined.isascii():
            joined = joined.translate(_FOLDED)
        self.data = joined.encode("utf-8", _ERRORS)

    def _lay_out(self) -> None:
        """Collect the texts of every container; the list of containers grows on the way."""
        texts = self._texts
        for index, container in enumerate(self._containers):
            self._firsts.append(len(texts))
            if isinstance(container, dict):
                for name, value in container.items():
                    texts.append(name)
                    texts.append(value if type(value) is str else self._enter(value, index))
            elif isinstance(container, list):
                for value in container:
                    texts.append(value if type(value) is str else self._enter(value, index))

    def _enter(self, value: JsonValue, index: int) -> str:
        """Queue a container that is inside the container ``index``; return the text of a number."""
        if isinstance(value, dict | list):
            self._containers.append(value)
            self._parents.append((index, len(self._texts) - self._firsts[index]))
            return ""
        return value if isinstance(value, str) else number_text(value)

    def text_number(self, position: int) -> int:
        """Return the number of the text that holds a byte; cheapest in ascending order."""
        last, number = self._counted
        if position < last:
            last, number = 0, 0
        number += self.data.count(SEPARATOR, last, position)
        self._counted = position, number
        return number

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Turn bytes ``start:end`` into code points of the text that holds them."""
        data = self.data
        first = data.rfind(SEPARATOR, 0, start) + 1
        before = len(data[first:start].decode("utf-8", _ERRORS))
        return before, before + len(data[start:end].decode("utf-8", _ERRORS))

    def trail(self, number: int) -> list[tuple[int, int]]:
        """Return the way to a text: containers from the root on, and the place in each.

        Trails sort in document order. A scalar payload has no way to it.
        """
        container = bisect_right(self._firsts, number) - 1
        steps = [(container, number - self._firsts[container])]
        while container:
            container, ordinal = self._parents[container]
            steps.append((container, ordinal))
        return [] if self._is_scalar else steps[::-1]

    def name_at(self, container: int, ordinal: int) -> int | None:
        """Return the number of the member name at a place; None for an item of a list."""
        if isinstance(self._containers[container], dict):
            return self._firsts[container] + (ordinal & ~1)
        return None

    def member(self, container: int, ordinal: int) -> int:
        """Return the how-manieth member or item a place belongs to."""
        return ordinal // 2 if isinstance(self._containers[container], dict) else ordinal

    def is_name(self, number: int) -> bool:
        """Tell whether a text is a member name."""
        container = bisect_right(self._firsts, number) - 1
        return self.name_at(container, number - self._firsts[container]) == number

    def context(self, position: int) -> str:
        """Return what stands before a byte, in lower case words: names, then the text itself."""
        data = self.data
        first = data.rfind(SEPARATOR, 0, position) + 1
        number = self.text_number(position)
        names = [
            self._texts[name][-_CONTEXT_LENGTH:]
            for container, ordinal in self.trail(number)[-_CONTEXT_NAMES:]
            if (name := self.name_at(container, ordinal)) is not None and name != number
        ]
        before = data[max(first, position - _CONTEXT_LENGTH) : position].decode("utf-8", "ignore")
        clause = _MEMBER.split(before)[-1]
        return _CAMEL.sub(" ", " ".join([*names, clause])).lower()

    def text(self, number: int) -> str:
        """Return a text by its number."""
        return self._texts[number]
