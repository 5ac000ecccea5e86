"""The scanner: what counts as a finding in this installation. Knows neither alerts nor tasks.

The log does not use it: there every kind is masked, allowed or not.
"""

from collections.abc import Collection, Iterable

from alerting.allow_list import AllowList
from alerting.detector import Detector, Scan, recognizers
from alerting.errors import InvalidSettings
from alerting.finding import Finding, JsonValue
from alerting.keys import load_key
from alerting.numbering_plans import regions
from alerting.settings import AlertingSettings


class Scanner:
    """A detector behind which an allow-list stands."""

    def __init__(self, detector: Detector, allowed: AllowList) -> None:
        self._detector = detector
        self._allowed = allowed

    def scan(self, payload: JsonValue) -> list[Finding]:
        """Return the findings in a payload that are not allowed, in document order."""
        return self.examine(payload).findings

    def examine(self, payload: JsonValue) -> Scan:
        """Return the same, and whether the scan saw through every disguise."""
        findings, is_partial = self._detector.examine(payload)
        return Scan(self._allowed.unexpected(payload, findings), is_partial)


def open_scanner(settings: AlertingSettings) -> Scanner:
    """Return the scanner that the settings ask for; raises InvalidSettings."""
    faults = [
        *_unknown("DETECT_KINDS", "kind", settings.detect_kinds or (), known=recognizers()),
        *_unknown("ALLOW_KINDS", "kind", settings.allow_kinds, known=recognizers()),
        *_unknown("DETECT_REGIONS", "region", settings.detect_regions, known=regions()),
    ]
    if faults:
        raise InvalidSettings(faults)
    allowed = AllowList(
        kinds=frozenset(settings.allow_kinds),
        pointers=settings.allow_pointers,
        digests=frozenset(settings.allow_values),
        key=pseudonym_key(settings),
    )
    return Scanner(Detector(settings.detect_kinds, regions=settings.detect_regions), allowed)


def pseudonym_key(settings: AlertingSettings) -> str:
    """Return the key of pseudonyms and of allowed values; raises InvalidSettings."""
    return load_key("pseudonym_key", given=settings.pseudonym_key)


def _unknown(setting: str, noun: str, given: Iterable[str], *, known: Collection[str]) -> list[str]:
    unknown = ", ".join(repr(name) for name in given if name not in known)
    there_are = ", ".join(known)
    return [f"{setting}: There is no {noun} {unknown}; there are: {there_are}"] if unknown else []
