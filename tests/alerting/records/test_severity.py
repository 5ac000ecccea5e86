"""Severity by rules."""

import pytest

from alerting.records.record import Severity
from alerting.records.severity import parse_rules


def test_later_rules_win() -> None:
    """A rule replaces an earlier one for the same, and the star stands for all others."""
    rules = parse_rules(["email=low", "*=high", "email=critical"])
    assert rules.of_alert(["email"]) is Severity.CRITICAL
    assert rules.of_alert(["mac"]) is Severity.HIGH


def test_counts_only_raise() -> None:
    """An incident is never less severe than its worst alert, however few there are."""
    rules = parse_rules(["10=medium", "100=critical"])
    found = [rules.of_incident(Severity.HIGH, count=count) for count in (1, 10, 100)]
    assert found == [Severity.HIGH, Severity.HIGH, Severity.CRITICAL]


@pytest.mark.parametrize("rule", ["email", "email=", "email=bad", "=", "10"])
def test_refuses_what_is_no_rule(rule: str) -> None:
    """A rule that cannot be read is named as such."""
    with pytest.raises(ValueError, match="kind=severity"):
        parse_rules([rule])
