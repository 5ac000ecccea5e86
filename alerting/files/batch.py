"""Scans many small payloads at once, which is far quicker than one by one. Knows no formats."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from alerting.detector import Detector
from alerting.files.located import Passage
from alerting.finding import Finding, JsonValue

_MOST_UNITS = 2_000
_MOST_CODE_POINTS = 2**20


class Unit(NamedTuple):
    """A passage and the payload that it holds."""

    passage: Passage
    payload: JsonValue


def scan_units(detector: Detector, units: Iterable[Unit]) -> Iterator[tuple[Unit, list[Finding]]]:
    """Yield the units with findings, in order; pointers and places start at each payload."""
    for batch in _batches(units):
        findings = detector.scan([unit.payload for unit in batch])
        for number, found in groupby(findings, key=lambda one: one.place[0]):
            yield batch[number], [_inside(one) for one in found]


def _batches(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    batch: list[Unit] = []
    size = 0
    for unit in units:
        batch.append(unit)
        size += len(unit.passage.text)
        if len(batch) >= _MOST_UNITS or size >= _MOST_CODE_POINTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _inside(finding: Finding) -> Finding:
    """Take the way from the batch to the payload away."""
    _, slash, rest = finding.pointer[1:].partition("/")
    return finding._replace(pointer=slash + rest, place=finding.place[1:])
