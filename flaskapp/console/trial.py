"""Try it: what would be found in a payload. Nothing of it is recorded, logged or kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, Response, request

from alerting.detector import Scan
from flaskapp import payload as payloads
from flaskapp.console.outline import MOST_LINES, Line, payload_lines
from flaskapp.console.pages import page
from flaskapp.problems import Problem
from flaskapp.services import services

_MOST_FINDINGS = 500
_AROUND = 32
EXAMPLE = """{
  "name": "Test User",
  "email": "test@example.com",
  "phone": "+380961234567",
  "note": "card 4111 1111 1111 1111, or write to bob[at]example.org"
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A scanned payload for reading; a long one is not shown to its end."""

    scan: Scan
    lines: tuple[Line, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a text is not JSON, counted from 1, with a little of what stands around it."""

    line: int
    column: int
    before: str
    character: str
    after: str


def add(bp: Blueprint) -> None:
    """Add the page."""
    bp.add_url_rule("/try", "trial", trial)
    bp.add_url_rule("/try", "scan", scan, methods=["POST"])


def trial() -> Response:
    """Return the page with an example."""
    return page("trial.html", text=EXAMPLE, shown=None, fault=None)


def scan() -> Response:
    """Return the page with what was found in the payload, or with what is wrong with it."""
    text = request.form.get("payload", "")
    settings = services().settings
    try:
        payload = payloads.parse(
            text.encode("utf-8", "surrogatepass"),
            max_depth=settings.max_depth,
            max_values=settings.max_values,
        )
    except Problem as problem:
        return page(
            "trial.html",
            status=problem.type.status,
            text=text,
            shown=None,
            fault=problem,
            spot=_spot(text, problem.members),
        )
    found = services().scanner.examine(payload)
    lines = tuple(islice(payload_lines(payload, found.findings), MOST_LINES + 1))
    shown = Shown(scan=found, lines=lines[:MOST_LINES], is_cut=len(lines) > MOST_LINES)
    return page("trial.html", text=text, shown=shown, fault=None, most_findings=_MOST_FINDINGS)


def _spot(text: str, members: Mapping[str, object]) -> Spot | None:
    match members.get("position"):
        case {"line": int(line), "column": int(column)}:
            return _spot_at(text, line, column)
    return None


def _spot_at(text: str, line: int, column: int) -> Spot:
    around = text.split("\n")[line - 1].rstrip("\r")
    at = column - 1
    return Spot(
        line=line,
        column=column,
        before=around[max(0, at - _AROUND) : at],
        character=around[at : at + 1],
        after=around[at + 1 : at + _AROUND],
    )
