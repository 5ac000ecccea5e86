"""JSON as lines for reading, with the found places marked. Knows neither HTML nor the detector."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from alerting.finding import Finding, JsonValue
from alerting.json_text import value_text

MOST_LINES = 2_000
"""So many lines of a payload are shown at most."""
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_Place = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a line; with kinds it is what was found, and ``is_name`` a member's name."""

    text: str
    kinds: tuple[str, ...] = ()
    is_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of JSON, so many levels deep."""

    depth: int
    pieces: tuple[Piece, ...]

    @property
    def is_found(self) -> bool:
        """Whether something was found in it."""
        return any(piece.kinds for piece in self.pieces)


class _Marks:
    """What was found where: by place, in names and in values."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._found: dict[tuple[_Place, bool], list[Finding]] = {}
        for finding in findings:
            self._found.setdefault((finding.place, finding.in_key), []).append(finding)

    def at(self, place: _Place, *, in_name: bool = False) -> list[Finding]:
        return self._found.get((place, in_name), [])

    def kinds(self, place: _Place, *, in_name: bool = False) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.kind for one in self.at(place, in_name=in_name)))


def payload_lines(payload: JsonValue, findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the lines of a payload, each found value marked to the character."""
    marks = _Marks(findings)
    todo: list[tuple[_Place, str | None, JsonValue, str] | Line] = [((), None, payload, "")]
    while todo:
        next_ = todo.pop()
        if isinstance(next_, Line):
            yield next_
            continue
        place, name, value, comma = next_
        pieces = _name_pieces(name, marks.at(place, in_name=True))
        depth = len(place)
        if not isinstance(value, dict | list) or not value:
            pieces += _value_pieces(value, marks.at(place))
            yield Line(depth=depth, pieces=(*pieces, Piece(text=comma)))
            continue
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        yield Line(depth=depth, pieces=(*pieces, Piece(text=opening)))
        todo.append(Line(depth=depth, pieces=(Piece(text=closing + comma),)))
        todo += reversed(_members(place, value))


def _members(
    place: _Place, value: dict[str, JsonValue] | list[JsonValue]
) -> list[tuple[_Place, str | None, JsonValue, str]]:
    last = len(value) - 1
    named: list[tuple[str | None, JsonValue]]
    named = [*value.items()] if isinstance(value, dict) else [(None, item) for item in value]
    return [
        ((*place, number), name, item, "," if number < last else "")
        for number, (name, item) in enumerate(named)
    ]


def _name_pieces(name: str | None, findings: Sequence[Finding]) -> list[Piece]:
    if name is None:
        return []
    return [*_quoted(name, findings, is_name=True), Piece(text=": ")]


def _value_pieces(value: JsonValue, findings: Sequence[Finding]) -> list[Piece]:
    if isinstance(value, str):
        return _quoted(value, findings)
    return list(_pieces(value_text(value), findings))


def _quoted(text: str, findings: Sequence[Finding], *, is_name: bool = False) -> list[Piece]:
    quote = Piece(text='"', is_name=is_name)
    inside = [
        Piece(text=_escaped(one.text), kinds=one.kinds, is_name=is_name)
        for one in _pieces(text, findings)
    ]
    return [quote, *inside, quote]


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _pieces(text: str, findings: Sequence[Finding]) -> Iterator[Piece]:
    at = 0
    for finding in sorted(findings, key=lambda one: one.start):
        start = max(at, finding.start)
        if start < finding.end:
            if at < start:
                yield Piece(text=text[at:start])
            yield Piece(text=text[start : finding.end], kinds=(finding.kind,))
            at = finding.end
    if at < len(text):
        yield Piece(text=text[at:])


def excerpt_lines(excerpt: str, findings: Sequence[Finding]) -> list[Line]:
    """Return the lines of a masked JSON text that may be cut off anywhere.

    Values are masked, so spans mean nothing in them: names and values are marked whole.
    """
    return _Reader(_Marks(findings)).read(excerpt)


@dataclass(slots=True)
class _Open:
    """An object or array that is being read."""

    is_object: bool
    number: int = 0
    has_name: bool = False


@dataclass(slots=True)
class _Reader:
    """Reads a text word by word; takes nothing for granted, since it may end anywhere."""

    marks: _Marks
    _lines: list[Line] = field(default_factory=list)
    _line: list[Piece] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _depth: int = 0

    def read(self, text: str) -> list[Line]:
        """Return the lines."""
        words = _WORD.findall(text)
        for word, following in zip_longest(words, words[1:], fillvalue=""):
            self._take(word, following)
        self._end_line()
        return self._lines

    def _take(self, word: str, following: str) -> None:
        match word:
            case "{" | "[":
                self._add(word)
                self._open.append(_Open(is_object=word == "{"))
                if following not in {"}", "]"}:
                    self._end_line()
            case "}" | "]":
                self._close(word)
            case ",":
                self._add(word)
                self._end_line()
                self._next_member()
            case ":":
                self._add(": ")
            case _:
                self._add_text(word)

    def _next_member(self) -> None:
        if self._open:
            self._open[-1].number += 1
            self._open[-1].has_name = False

    def _close(self, word: str) -> None:
        if self._open:
            is_empty = self._lines_end_with_opening()
            self._open.pop()
            if not is_empty:
                self._end_line()
        self._add(word)

    def _lines_end_with_opening(self) -> bool:
        return bool(self._line) and self._line[-1].text in ("{", "[")

    def _add(self, text: str) -> None:
        if not self._line:
            self._depth = len(self._open)
        self._line.append(Piece(text=text))

    def _add_text(self, word: str) -> None:
        if not self._line:
            self._depth = len(self._open)
        place = tuple(one.number for one in self._open)
        is_name = bool(self._open) and self._open[-1].is_object and not self._open[-1].has_name
        if is_name:
            self._open[-1].has_name = True
        kinds = self.marks.kinds(place, in_name=is_name)
        self._line.append(Piece(text=word, kinds=kinds, is_name=is_name))

    def _end_line(self) -> None:
        if self._line:
            self._lines.append(Line(depth=self._depth, pieces=tuple(self._line)))
            self._line = []
