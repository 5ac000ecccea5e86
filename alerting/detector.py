"""The detector: finds personal data in payloads and texts. Knows neither alerts nor sinks.

All texts of a payload are searched at once for candidates; only candidates are looked at, and only
findings get a pointer.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import alerting.recognizers
from alerting.disguise import Disguise, disguises, plain_page
from alerting.errors import UnknownKind
from alerting.finding import Finding, JsonValue
from alerting.page import Page, PayloadPage
from alerting.plain_page import PlainPage
from alerting.plugins import discover
from alerting.pointer import Hit, findings
from alerting.recognizer import THRESHOLD, Check, Match, Recognizer
from alerting.search import Search

ENTRY_POINT_GROUP = "piigate.recognizers"
MOST_DISGUISES = 3
"""So many disguises over one another are taken off."""
_LEAST_BUDGET_BYTES = 65_536
_LEAST_BUDGET_TOKENS = 1_000


class Scan(NamedTuple):
    """What a scan found, in document order; with ``is_partial`` some disguises are still on."""

    findings: list[Finding]
    is_partial: bool

    @property
    def facts(self) -> dict[str, object]:
        """What a log line says of it: the kinds in order of first appearance, if it is partial."""
        facts: dict[str, object] = {}
        if self.findings:
            facts["kinds"] = tuple(dict.fromkeys(finding.kind for finding in self.findings))
        if self.is_partial:
            facts["scan"] = "partial"
        return facts


_Disguised = tuple[Page, Disguise, list[tuple[int, int]], float]


class _Budget:
    """What may be spent on disguises, in proportion to a payload of ``size`` bytes.

    Bytes to read in plain, and tokens to replace.
    """

    def __init__(self, size: int) -> None:
        self.bytes = max(4 * size, _LEAST_BUDGET_BYTES)
        self.tokens = max(size // 32, _LEAST_BUDGET_TOKENS)

    @property
    def is_spent(self) -> bool:
        return self.bytes <= 0 or self.tokens <= 0

    def spend(self, part: PlainPage) -> None:
        self.bytes -= len(part.data)
        self.tokens -= part.count


@functools.cache
def recognizers() -> dict[str, Recognizer]:
    """Return the recognizers that are installed, by kind."""
    return {
        kind: module.RECOGNIZER
        for kind, module in discover(alerting.recognizers, ENTRY_POINT_GROUP).items()
    }


class Detector:
    """Finds personal data of the given kinds; without any given, of every kind installed.

    ``seen_through`` are the disguises that are taken off, by default all that are known;
    ``regions`` the countries whose national forms need no further evidence. Raises UnknownKind for
    a kind without a recognizer.
    """

    def __init__(
        self,
        kinds: Iterable[str] | None = None,
        *,
        seen_through: Sequence[Disguise] | None = None,
        regions: Sequence[str] = (),
    ) -> None:
        known = recognizers()
        chosen = tuple(known) if kinds is None else tuple(dict.fromkeys(kinds))
        unknown = [kind for kind in chosen if kind not in known]
        if unknown:
            raise UnknownKind(kinds=unknown, known=list(known))
        self.kinds = chosen
        owners: dict[bytes, list[tuple[str, Check]]] = {}
        for kind in chosen:
            check = _check(known[kind], regions)
            owners.setdefault(known[kind].pattern, []).append((kind, check))
        self._owners = list(owners.values())
        self._disguises = disguises() if seen_through is None else seen_through
        self._search = Search([*owners, *(disguise.pattern for disguise in self._disguises)])

    def scan(self, payload: JsonValue) -> list[Finding]:
        """Return the findings in a payload, in document order."""
        return self.examine(payload).findings

    def scan_text(self, text: str) -> list[Finding]:
        """Return the findings in a text; their pointer is empty."""
        return self.examine(text).findings

    def examine(self, payload: JsonValue) -> Scan:
        """Return the findings in a payload, and whether every disguise was taken off."""
        page, hits, is_partial = self.hits(payload)
        return Scan(findings(page, hits), is_partial)

    def hits(self, payload: JsonValue) -> tuple[PayloadPage, list[Hit], bool]:
        """Return a payload's page, in ascending order what is found on it, and if it is partial."""
        page = PayloadPage(payload)
        found: list[Hit] = []
        disguised = self._look(page, found, certainty=1)
        is_partial = bool(disguised) and not self._see_through(disguised, found, len(page.data))
        return page, _without_overlaps(found), is_partial

    def _see_through(self, disguised: list[_Disguised], hits: list[Hit], size: int) -> bool:
        """Add the hits under disguises; return False where some of them had to stay on."""
        budget = _Budget(size)
        is_done = True
        for page, disguise, spans, certainty in disguised:  # the list grows
            if page.depth == MOST_DISGUISES:
                is_done = False
                continue
            for start, end in spans:
                if budget.is_spent:
                    return False
                part = plain_page(disguise, page, start, end, most=budget.tokens)
                if part:
                    budget.spend(part)
                    disguised += self._look(part, hits, certainty=certainty * disguise.certainty)
        return is_done and not budget.is_spent

    def _look(self, page: Page, hits: list[Hit], *, certainty: float) -> list[_Disguised]:
        """Add the hits on a page; return where a disguise may be on it, and how certain it is."""
        disguised = []
        for number in self._search.occurring(page.data):
            spans = self._search.spans(number, page.data)
            if number >= len(self._owners):
                disguise = self._disguises[number - len(self._owners)]
                disguised.append((page, disguise, spans, certainty))
                continue
            for kind, check in self._owners[number]:
                hits += [
                    _hit(kind, match, page, certainty)
                    for start, end in spans
                    for match in check(page, start, end)
                    if match.confidence >= THRESHOLD
                ]
        return disguised


def _check(recognizer: Recognizer, regions: Sequence[str]) -> Check:
    if regions and recognizer.in_regions:
        return recognizer.in_regions(regions)
    return recognizer.check


def _hit(kind: str, match: Match, page: Page, certainty: float) -> Hit:
    start, end, confidence, why = match
    if page.depth:
        start, end = page.origin(start, end)
        confidence = round(confidence * certainty, 2)
        why = f"{why}, in disguise"
    return Hit(start, -confidence, -end, kind, why)


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    """Of hits that overlap keep the surer one, then the earlier, then the longer."""
    kept: list[Hit] = []
    for hit in sorted(hits):
        if not kept or hit.start >= -kept[-1].minus_end:
            kept.append(hit)
        elif hit.doubt < kept[-1].doubt:
            kept[-1] = hit
    return kept


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
