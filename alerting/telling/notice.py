"""What a sink is told of an incident. Holds no value, so that it may leave the house."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alerting.masking import MaskText
from alerting.records.record import Incident, Record, Severity

_MOST_POINTERS = 20
_LONGEST_EXCERPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An incident as it is at the moment of telling.

    ``id`` is the same when the same telling is tried again, so that a receiver can drop what it
    has. ``alert_id`` is the incident's newest alert, ``excerpt`` the beginning of its payload,
    masked. Times are aware and in UTC.
    """

    id: str
    incident_id: str
    caller: str
    kinds: tuple[str, ...]
    pointers: tuple[str, ...]
    severity: Severity
    count: int
    first_seen: datetime
    last_seen: datetime
    alert_id: str
    excerpt: str

    @property
    def summary(self) -> str:
        """The notice in one line."""
        alerts = "1 alert" if self.count == 1 else f"{self.count} alerts"
        return f"{alerts} ({self.severity.word}) of {self.caller}: {', '.join(self.kinds)}"

    def facts(self) -> dict[str, object]:
        """Return the notice as JSON has it."""
        return {
            "id": self.id,
            "incident_id": self.incident_id,
            "caller": self.caller,
            "kinds": list(self.kinds),
            "pointers": list(self.pointers),
            "severity": self.severity.word,
            "count": self.count,
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "alert_id": self.alert_id,
            "excerpt": self.excerpt,
        }


Sink = Callable[[Notice], None]
"""Tells somebody; when it returns, they have been told, and else it raises."""

Publish = Callable[[str, dict[str, str]], None]
"""Appends fields to a stream of that name, for its consumers."""


def notice_of(incident: Incident, newest: Record, *, telling_id: str, mask: MaskText) -> Notice:
    """Return what is told of an incident; names in pointers are masked too."""
    return Notice(
        id=telling_id,
        incident_id=incident.id,
        caller=incident.caller,
        kinds=incident.kinds,
        pointers=tuple(map(mask, incident.pointers[:_MOST_POINTERS])),
        severity=incident.severity,
        count=incident.count,
        first_seen=incident.first_seen,
        last_seen=incident.last_seen,
        alert_id=newest.alert.id,
        excerpt=newest.excerpt[:_LONGEST_EXCERPT],
    )
