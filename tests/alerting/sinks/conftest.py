"""A notice to tell, and settings of a home of their own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from alerting.records.record import Severity
from alerting.telling.notice import Notice, Sink
from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import open_sinks

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)
NOTICE = Notice(
    id="11111111-2222-3333-4444-555555555555",
    incident_id="ab" * 16,
    caller="shop",
    kinds=("email", "phone"),
    pointers=("/contacts/*/email", ""),
    severity=Severity.HIGH,
    count=100_000,
    first_seen=NOON,
    last_seen=NOON + timedelta(minutes=1),
    alert_id="cd" * 16,
    excerpt='{"email":"a***@e***.com"}',
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a home of its own."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    return tmp_path


def nobody(stream: str, fields: dict[str, str]) -> None:
    """Publish to nobody."""


def sink_of(name: str, **settings: object) -> Sink:
    """Return a sink as the settings make it; nobody publishes."""
    loaded = TellingSettings.load(alert_sinks=name, alert_timeout=1, **settings)
    return open_sinks(loaded, publish=nobody)[name]


def faults_of(name: str, **settings: object) -> list[str]:
    """Return what keeps a sink from being made."""
    with pytest.raises(InvalidSettings) as raised:
        sink_of(name, **settings)
    return raised.value.faults
