"""Pointers: from hits on a payload's page to findings in the payload (RFC 6901). Knows no kinds."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alerting.finding import Finding
from alerting.outline import Container, Place
from alerting.page import PayloadPage

_PIECE = re.compile(rb"[0-9+(][0-9 ().\-]*")


class Hit(NamedTuple):
    """Bytes of a page that hold a value; hits sort by place, the surer, then the longer first."""

    start: int
    doubt: float
    minus_end: int
    kind: str
    why: str


_Names = dict[tuple[Container | None, int], list[tuple[str, int, int]]]


def findings(page: PayloadPage, hits: Sequence[Hit]) -> list[Finding]:
    """Return the findings for hits in ascending order; member names are masked in pointers."""
    spots: list[tuple[Hit, Place, int, int]] = []
    names: _Names = {}
    for hit in hits:
        for start, end, place in _texts(page, hit):
            first, last = page.span(place, start, end)
            spots.append((hit, place, first, last))
            if place.is_name:
                names.setdefault((place.container, place.number), []).append(
                    (hit.kind, first, last)
                )
    to = _Ways(names).to
    located = []
    for hit, place, first, last in spots:
        pointer, way = to(place.container, place.number)
        located.append(
            Finding(hit.kind, pointer, first, last, -hit.doubt, place.is_name, hit.why, way)
        )
    return located


def _texts(page: PayloadPage, hit: Hit) -> Iterable[tuple[int, int, Place]]:
    """Return the part of a hit in each text; only a number over several members has more."""
    end = -hit.minus_end
    place = page.place(hit.start)
    if end <= place.end:
        return ((hit.start, end, place),)
    pieces = (match.span() for match in _PIECE.finditer(page.data, hit.start, end))
    parts = [(first, last, page.place(first)) for first, last in pieces]
    return [part for part in parts if not part[2].is_name]


class _Ways:
    """Ways from the root of a payload to its texts: pointers, and places in numbers."""

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._to: dict[Container | None, tuple[str, tuple[int, ...]]] = {None: ("", ())}

    def to(self, container: Container | None, number: int) -> tuple[str, tuple[int, ...]]:
        """Return the pointer and the place of a member or item; the payload itself has none."""
        if container is None:
            return self._to[None]
        pointer, place = self._to.get(container) or self._way(container)
        return f"{pointer}/{self._token(container, number)}", (*place, number)

    def _way(self, container: Container) -> tuple[str, tuple[int, ...]]:
        """Return the way to a container; those to the ones above it would take too much room."""
        tokens, numbers = [], []
        inner = container
        while inner.parent is not None:
            tokens.append(self._token(inner.parent, inner.number))
            numbers.append(inner.number)
            inner = inner.parent
        pointer = "".join(f"/{token}" for token in reversed(tokens))
        way = self._to[container] = pointer, tuple(reversed(numbers))
        return way

    def _token(self, container: Container, number: int) -> str:
        if container.names is None:
            return str(number)
        name = container.names[number]
        spans = self._names.get((container, number)) if self._names else None
        return reference_token(name, spans) if spans else _escaped(name)


def reference_token(name: str, spans: Iterable[tuple[str, int, int]]) -> str:
    """Return the RFC 6901 reference token of a member, personal data in its name left out."""
    for kind, start, end in sorted(spans, key=lambda span: -span[1]):
        name = f"{name[:start]}<{kind}>{name[end:]}"
    return _escaped(name)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
