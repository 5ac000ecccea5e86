"""Plain text: every line is looked at by itself. Knows no files."""

import re
from collections.abc import Iterable, Iterator, Sequence

from alerting.detector import Detector
from alerting.files.batch import Unit, scan_units
from alerting.files.located import Located, Passage, Where, locate
from alerting.finding import Finding

_NEAR_LENGTH = 40
_DIGITS = re.compile(r"\d+")


def scan(detector: Detector, passages: Iterable[Passage]) -> Iterator[Located]:
    """Yield what is found, line by line."""
    units = (Unit(passage, passage.text) for passage in passages)
    for unit, findings in scan_units(detector, units):
        yield from locate_in_text(unit.passage, findings)


def locate_in_text(passage: Passage, findings: Sequence[Finding]) -> Iterator[Located]:
    """Yield a passage's own findings with what stands around them."""
    for number, finding in enumerate(findings):
        if not passage.owns(finding.start):
            continue
        after = findings[number + 1].start if number + 1 < len(findings) else len(passage.text)
        before = findings[number - 1].end if number else 0
        span = finding.start, finding.end
        where = Where(context=surroundings(passage.text, finding, between=(before, after)))
        yield locate(passage, finding, span, value=passage.text[slice(*span)], where=where)


def surroundings(text: str, finding: Finding, *, between: tuple[int, int]) -> str:
    """Return the words around a finding, no further than its neighbours; digits become 0."""
    start = max(between[0], finding.start - _NEAR_LENGTH)
    end = min(between[1], finding.end + _NEAR_LENGTH)
    around = f"{text[start : finding.start]}<{finding.kind}>{text[finding.end : end]}"
    return " ".join(_DIGITS.sub("0", around).split())
