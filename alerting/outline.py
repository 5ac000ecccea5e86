"""Where in a payload a byte of its JSON text stands. Knows no findings and no kinds.

A container is measured when a place inside it is first asked for, and only once.
"""

from bisect import bisect_right
from itertools import accumulate
from typing import Any, NamedTuple

import orjson

from alerting.finding import JsonValue
from alerting.json_text import scalar_text

_CONTAINERS = (dict, list)  # a union would be made anew at each of many calls


class Container:
    """An object or array of the payload, and where its members begin in the JSON text.

    ``starts`` has one more: where another member would begin.
    """

    __slots__ = ("inside", "names", "number", "parent", "starts", "value_starts", "values")

    def __init__(self, parent: "Container | None", number: int, value: Any) -> None:
        self.parent = parent
        self.number = number
        is_object = isinstance(value, dict)
        self.names: list[str] | None = list(value) if is_object else None
        self.values: list[Any] = list(value.values()) if is_object else value
        self.starts: list[int] = []
        self.value_starts: list[int] = []
        self.inside: dict[int, Container] = {}


class Place(NamedTuple):
    """A text of the payload: a member's name or a scalar, and its bytes without quotes."""

    container: Container | None
    number: int
    is_name: bool
    start: int
    end: int


class Outline:
    """The places of a payload; ``sizes`` are its containers' where they are known already."""

    __slots__ = ("_length", "_payload", "_root", "_sizes")

    def __init__(self, payload: JsonValue, *, length: int, sizes: dict[int, int]) -> None:
        self._payload = payload
        self._length = length
        self._sizes = sizes
        self._root: Container | None = None

    def place(self, position: int) -> Place:
        """Return the text that holds a byte, or the one before it where the byte is structure."""
        payload = self._payload
        if not isinstance(payload, _CONTAINERS) or not payload:
            quote = isinstance(payload, str)
            return Place(None, 0, False, quote, self._length - quote)  # noqa: FBT003
        container = self._root
        if container is None:
            container = self._root = Container(None, 0, payload)
            self._measure(container, start=0)
        while True:
            # Before the first member is its place too, and after the last one.
            number = (bisect_right(container.starts, position, 0, len(container.values)) or 1) - 1
            start = container.value_starts[number]
            if position < start:
                name = container.starts[number] + 1
                return Place(container, number, True, name, start - 2)  # noqa: FBT003
            value = container.values[number]
            if not isinstance(value, _CONTAINERS) or not value:
                quote = isinstance(value, str)
                # One byte stands between a value and what comes after it.
                end = container.starts[number + 1] - 1
                return Place(container, number, False, start + quote, end - quote)  # noqa: FBT003
            inside = container.inside.get(number)
            if inside is None:
                inside = container.inside[number] = Container(container, number, value)
                self._measure(inside, start=start)
            container = inside

    def _measure(self, container: Container, *, start: int) -> None:
        """Note where each member begins, its value too, given where the container begins."""
        if self._sizes:
            sizes = map(self._container_size, container.values)
            name_sizes = map(_name_size, container.names or ())
        else:
            sizes = map(len, map(orjson.dumps, container.values))
            name_sizes = map(len, map(orjson.dumps, container.names or ()))
        if container.names is None:
            every = accumulate(sizes, lambda at, size: at + size + 1, initial=start + 1)
            container.starts = container.value_starts = list(every)
            return
        at = start + 1
        starts, value_starts = container.starts, container.value_starts
        for name_size, size in zip(name_sizes, sizes, strict=True):
            starts.append(at)
            at += name_size + 1
            value_starts.append(at)
            at += size + 1
        starts.append(at)

    def _container_size(self, value: JsonValue) -> int:
        """Return the size of a value where those of containers are known."""
        if isinstance(value, _CONTAINERS):
            return self._sizes[id(value)]
        return len(scalar_text(value))


def _name_size(name: str) -> int:
    return len(scalar_text(str(name)))
