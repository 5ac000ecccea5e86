"""Finds the reports that hold a value, in whatever form. Deletes nothing, knows no database."""

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from alerting.detector import Detector
from alerting.errors import InvalidReport
from alerting.pseudonym import alert_digest
from alerting.report import parse
from alerting.values import values_of


class Verdict(Enum):
    """Whether a report holds the value."""

    HOLDS = auto()
    HOLDS_NOT = auto()
    MASKED = auto()
    """It is about a value of that kind, but shows none."""
    UNREADABLE = auto()
    """Somebody has to look."""


class ReportSearch:
    """Looks for one value, of which it knows the kind and the digest.

    Findings of other kinds are not looked at, so none can stand before the value.
    """

    def __init__(self, *, kind: str, digest: str, key: str, regions: Sequence[str]) -> None:
        self._kind = kind
        self._digest = digest
        self._key = key
        self._detector = Detector([kind], regions=regions)

    def examine(self, path: Path) -> Verdict:
        """Return whether the report in a file holds the value."""
        try:
            report = parse(path.read_bytes().decode())
        except FileNotFoundError:
            return Verdict.HOLDS_NOT
        except (OSError, UnicodeDecodeError, InvalidReport):
            return Verdict.UNREADABLE
        scan = self._detector.examine(report.data)
        for value in values_of(report.data, scan.findings):
            if alert_digest(self._key, self._kind, value) == self._digest:
                return Verdict.HOLDS
        if scan.is_partial:
            return Verdict.UNREADABLE
        is_masked = self._kind in report.kinds and not scan.findings
        return Verdict.MASKED if is_masked else Verdict.HOLDS_NOT
