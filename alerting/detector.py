"""The detector: finds personal data in payloads and texts. Knows neither alerts nor sinks.

All texts of a payload are searched at once for candidates; only candidates are looked at, and only
findings get a pointer.
"""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import alerting.recognizers
from alerting.errors import UnknownKind
from alerting.finding import Finding, JsonValue
from alerting.page import Page
from alerting.plugins import discover
from alerting.recognizer import THRESHOLD, Match, Recognizer
from alerting.search import compile_search

ENTRY_POINT_GROUP = "piigate.recognizers"


class _Hit(NamedTuple):
    kind: str
    match: Match
    number: int
    start: int
    end: int


@functools.cache
def recognizers() -> dict[str, Recognizer]:
    """Return the recognizers that are installed, by kind."""
    return {
        kind: module.RECOGNIZER
        for kind, module in discover(alerting.recognizers, ENTRY_POINT_GROUP).items()
    }


class Detector:
    """Finds personal data of the given kinds; without any given, of every kind installed.

    Raises UnknownKind for a kind without a recognizer.
    """

    def __init__(self, kinds: Iterable[str] | None = None) -> None:
        known = recognizers()
        chosen = tuple(known) if kinds is None else tuple(dict.fromkeys(kinds))
        unknown = [kind for kind in chosen if kind not in known]
        if unknown:
            raise UnknownKind(kinds=unknown, known=list(known))
        self.kinds = chosen
        self._recognizers = [(kind, known[kind]) for kind in chosen]
        patterns = dict.fromkeys(one.pattern for _, one in self._recognizers)
        self._searches = [
            (
                compile_search([pattern]),
                [(k, r) for k, r in self._recognizers if r.pattern == pattern],
            )
            for pattern in patterns
        ]

    def scan(self, payload: JsonValue) -> list[Finding]:
        """Return the findings in a payload, in document order."""
        page = Page(payload)
        hits = self._hits(page)
        return _findings(page, hits) if hits else []

    def scan_text(self, text: str) -> list[Finding]:
        """Return the findings in a text; their pointer is empty."""
        return self.scan(text)

    def _hits(self, page: Page) -> list[_Hit]:
        """Search the page; of matches that overlap keep the surer one, then the longer one."""
        found = [
            (match.start, -match.confidence, -match.end, kind, match)
            for search, owners in self._searches
            for start, end in search(page.data)
            for kind, recognizer in owners
            for match in recognizer.check(page, start, end)
            if match.confidence >= THRESHOLD
        ]
        kept: list[tuple[str, Match]] = []
        for *_, kind, match in sorted(found):
            if kept and match.start < kept[-1][1].end:
                if match.confidence > kept[-1][1].confidence:
                    kept[-1] = kind, match
            else:
                kept.append((kind, match))
        return [
            _Hit(kind, match, page.text_number(match.start), *page.span(match.start, match.end))
            for kind, match in kept
        ]


def _findings(page: Page, hits: list[_Hit]) -> list[Finding]:
    """Give every hit its pointer; member names are masked where they hold personal data."""
    names: dict[int, list[_Hit]] = {}
    for hit in hits:
        if page.is_name(hit.number):
            names.setdefault(hit.number, []).append(hit)
    located = sorted((page.trail(hit.number), hit.start, hit) for hit in hits)
    return [
        Finding(
            kind=hit.kind,
            pointer=_pointer(page, trail, names),
            start=hit.start,
            end=hit.end,
            confidence=hit.match.confidence,
            in_key=hit.number in names,
            why=hit.match.why,
            place=tuple(page.member(container, ordinal) for container, ordinal in trail),
        )
        for trail, _, hit in located
    ]


def _pointer(page: Page, trail: list[tuple[int, int]], names: dict[int, list[_Hit]]) -> str:
    tokens = []
    for container, ordinal in trail:
        name = page.name_at(container, ordinal)
        if name is None:
            tokens.append(str(ordinal))
        else:
            spans = [(hit.kind, hit.start, hit.end) for hit in names.get(name, ())]
            tokens.append(reference_token(page.text(name), spans))
    return "".join(f"/{token}" for token in tokens)


def reference_token(name: str, spans: Iterable[tuple[str, int, int]]) -> str:
    """Return the RFC 6901 reference token of a member, personal data in its name left out."""
    for kind, start, end in sorted(spans, key=lambda span: -span[1]):
        name = f"{name[:start]}<{kind}>{name[end:]}"
    return name.replace("~", "~0").replace("/", "~1")


@functools.cache
def default_detector() -> Detector:
    """Return the detector of every kind."""
    return Detector()


def scan(payload: JsonValue) -> list[Finding]:
    """Return the findings of every kind in a payload, in document order."""
    return default_detector().scan(payload)


def scan_text(text: str) -> list[Finding]:
    """Return the findings of every kind in a text; their pointer is empty."""
    return default_detector().scan_text(text)
