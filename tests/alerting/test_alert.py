"""What an alert says."""

from datetime import timedelta

import pytest

from alerting.alert import Alert
from alerting.finding import Finding


def finding(kind: str, start: int = 0) -> Finding:
    """Return a finding of a kind."""
    return Finding(kind=kind, pointer="/x", start=start, end=start + 5, confidence=1.0)


def alert(*kinds: str) -> Alert:
    """Return an alert about findings of these kinds."""
    found = tuple(finding(kind, start) for start, kind in enumerate(kinds))
    return Alert(findings=found, caller="dev", task="echo", request_id="r1", job_id="j1")


def test_kinds_are_named_once_in_order_of_appearance() -> None:
    """The kinds of an alert are unique and stand in the order of the findings."""
    assert alert("phone", "email", "phone").kinds == ("phone", "email")


def test_each_alert_has_an_id_and_its_time_in_utc() -> None:
    """Two alerts never share an id, and the time is aware and in UTC."""
    first, second = alert("email"), alert("email")
    assert first.id != second.id
    assert len(bytes.fromhex(first.id)) == 16
    assert first.recorded_at.utcoffset() == timedelta(0)
    assert first.recorded_at <= second.recorded_at


def test_an_alert_cannot_be_changed() -> None:
    """An alert is a record: its facts are fixed."""
    with pytest.raises(AttributeError):
        alert("email").caller = "other"  # type: ignore[misc] # what must fail
