"""Where in JSON source text a value stands that :func:`json.loads` returned. Knows no findings.

The text must be valid JSON: the tokens are only told apart, not checked.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # one beyond the first plane
    r"|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)


class Spot(NamedTuple):
    """A member or item, the how-manieth at each level, or with ``is_name`` the member's name."""

    place: tuple[int, ...]
    is_name: bool = False


_Branch: TypeAlias = "dict[int, _Branch]"
Span = tuple[int, int]


class _Level:
    """A container on the way through the text."""

    __slots__ = ("branch", "is_at_name", "is_object", "ordinal", "place")

    def __init__(
        self, *, is_object: bool, branch: "_Branch | None", place: tuple[int, ...]
    ) -> None:
        self.is_object = is_object
        self.is_at_name = is_object
        self.branch = branch
        self.place = place
        self.ordinal = 0


def literals(text: str, spots: Iterable[Spot]) -> dict[Spot, Span]:
    """Return the spans of the literals at the given spots, quotation marks included."""
    wanted = set(spots)
    branches = _tree(wanted)
    found: dict[Spot, Span] = {}
    root = _Level(is_object=False, branch={0: branches}, place=())
    levels = [root]
    for match in _TOKEN.finditer(text):
        level, sign = levels[-1], match[0]
        if sign in "{[":
            inner = level.branch.get(level.ordinal) if level.branch is not None else None
            place = (*level.place, level.ordinal) if inner is not None else ()
            levels.append(_Level(is_object=sign == "{", branch=inner, place=place))
        elif sign in "}]":
            levels.pop()
        elif sign == ",":
            level.ordinal += 1
            level.is_at_name = level.is_object
        elif sign == ":":
            level.is_at_name = False
        elif level.branch is not None and level.ordinal in level.branch:
            spot = Spot((*level.place, level.ordinal)[1:], level.is_at_name)
            if spot in wanted:
                found[spot] = match.span()
    return found


def _tree(spots: Iterable[Spot]) -> _Branch:
    """Return the places as a tree, so that the rest of a text is passed by quickly."""
    root: _Branch = {}
    for spot in spots:
        branch = root
        for step in spot.place:
            branch = branch.setdefault(step, {})
    return root


def span_in_literal(literal: str, start: int, end: int) -> Span:
    """Return where in a literal the code points ``start:end`` of its value stand.

    A number whose value is written otherwise than in the literal is the whole literal.
    """
    if not literal.startswith('"'):
        return (start, end) if end <= len(literal) else (0, len(literal))
    if "\\" not in literal:
        return start + 1, end + 1
    offsets = [1]
    for character in _CHARACTER.finditer(literal, 1, len(literal) - 1):
        if len(offsets) > end:
            break
        offsets.append(character.end())
    return offsets[start], offsets[end]
