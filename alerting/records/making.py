"""Makes the record of an alert: what of its payload is kept for review. Knows no database."""

from collections.abc import Callable
from dataclasses import dataclass

from alerting.alert import Alert
from alerting.finding import JsonValue
from alerting.json_text import json_text
from alerting.masking import masked
from alerting.pseudonym import alert_digest
from alerting.records.record import Record
from alerting.records.severity import Rules
from alerting.values import values_of

EXCERPT_CHARACTERS = 4000
Seal = Callable[[bytes, tuple[str | None, ...]], bytes]
"""Seals bytes for a context, whose words are needed to open them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMaker:
    """Makes records; with ``seal`` they keep the payload, sealed, and without it they do not."""

    key: str
    rules: Rules
    seal: Seal | None

    def make(self, alert: Alert, payload: JsonValue) -> Record:
        """Return the record of an alert about a payload."""
        pairs = zip(alert.findings, values_of(payload, alert.findings), strict=True)
        return Record(
            alert=alert,
            severity=self.rules.of_alert(alert.kinds),
            excerpt=_excerpt(alert, payload),
            digests=tuple(alert_digest(self.key, one.kind, value) for one, value in pairs),
            sealed=self.seal(_text(payload), sealed_for(alert.id)) if self.seal else None,
        )


def sealed_for(alert_id: str) -> tuple[str, ...]:
    """Return the context that an alert's payload is sealed for."""
    return ("alert", alert_id)


def _excerpt(alert: Alert, payload: JsonValue) -> str:
    text = _text(masked(payload, alert.findings))
    # A character takes up to four bytes; what is cut off is not decoded for nothing.
    return text[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")[:EXCERPT_CHARACTERS]


def _text(payload: JsonValue) -> bytes:
    return json_text(payload)[0]
