"""Alerts are readable on a terminal of any width, and cannot steer it."""

from dataclasses import replace
from datetime import timedelta

from alerting.finding import Finding
from alerting.records.record import Action, Event, Severity, State
from flaskapp.alerts_cli.layout import details, table
from tests.alerting.records.conftest import NOON, record_of


def test_a_narrow_terminal_gets_two_lines_for_each_alert() -> None:
    """At 80 columns the longest facts still fit, the id in full; the rest is cut, not wrapped."""
    long = replace(
        record_of(1, caller="c" * 90), severity=Severity.CRITICAL, state=State.ACKNOWLEDGED
    )
    lines = [*table([long, record_of(2)], width=80)]
    assert len(lines) == 4
    assert max(map(len, lines)) == 80
    assert lines[0].startswith(long.alert.id)
    assert lines[0].endswith("critical  acknowledged")
    assert lines[1].endswith("ccc…")


def test_a_wide_terminal_gets_a_table() -> None:
    """At 120 columns usual alerts have a line each, under their heading."""
    lines = [*table([record_of(1), record_of(2)], width=120)]
    assert len(lines) == 3
    assert lines[0].index("CALLER") == lines[1].index("shop")


def test_many_kinds_are_counted() -> None:
    """More than three kinds are three and a number."""
    kinds = ("email", "phone", "iban", "card", "ip")
    record = record_of()
    alert = replace(record.alert, findings=tuple(Finding(kind, "", 0, 1, 0.9) for kind in kinds))
    line = [*table([replace(record, alert=alert)], width=None)][1]
    assert "email, phone, iban +2" in line


def test_nothing_steers_the_terminal() -> None:
    """What a client chose is shown with escapes in place of control characters."""
    evil = "\x1b]0;evil\x07\nx"
    record = record_of(caller=evil, pointer=f"/{evil}")
    event = Event(at=NOON, who=evil, action=Action.COMMENT, text=evil)
    shown = [*table([record], width=None), *details(replace(record, excerpt=evil), [event])]
    assert all(line.isprintable() for line in shown)


def test_details_say_all_that_is_kept() -> None:
    """Facts, findings with their reasons, the masked excerpt and the history are there."""
    event = Event(at=NOON + timedelta(days=1), who="ann", action=Action.RESOLVE, text="ours")
    finding = Finding("email", "/contact", 3, 19, 0.9, in_key=True, why="local part and domain")
    record = record_of()
    record = replace(record, alert=replace(record.alert, findings=(finding,)), incident_id="abc")
    text = "\n".join(details(record, [event]))
    for fact in (record.alert.id, "job-0", "request-0", "abc", "complete", '{"contact":"a***"}'):
        assert fact in text
    assert "email  /contact (name)  3-19  0.90  local part and domain" in text
    assert "ann  resolve  ours" in text
    assert "nothing was done yet" in "\n".join(details(record, []))
