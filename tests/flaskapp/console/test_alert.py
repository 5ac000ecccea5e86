"""The page of one alert, and what is done with it."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from alerting.records.record import Action, Record, State
from alerting.records.store import RecordStore
from flaskapp.services import EXTENSION, Services
from tests.flaskapp.console.conftest import PAYLOAD, Send, sender
from tests.flaskapp.console.seeds import add, record_of
from tests.flaskapp.signing_in import sign_in


def test_alert_shows_the_masked_payload(operator: FlaskClient, record: Record) -> None:
    """Found values are marked where they stood, masked, beside kind, place and reason."""
    page = operator.get(f"/console/alerts/{record.alert.id}").text

    assert "jane.roe@example.com" not in page
    assert re.search(
        r"<mark>&#34;j\*\*\*@e\*\*\*\.com&#34;<span class=.why.>email</span></mark>", page
    )
    assert "<code>/contact/email</code>" in page
    assert "95 %" in page


def test_alert_is_acknowledged_commented_and_resolved(
    send: Send, operator: FlaskClient, record: Record, records: RecordStore
) -> None:
    """Each form does one thing, and the history says who did it when."""
    path = f"/console/alerts/{record.alert.id}"

    for version, (action, comment) in enumerate(
        [("acknowledge", ""), ("comment", "Ask <b>billing</b>"), ("resolve", "Done")], start=1
    ):
        answer = send(path, action=action, comment=comment, version=version)
        assert answer.status_code == 303

    assert records.get(record.alert.id).state is State.RESOLVED
    done = [(event.who, event.action, event.text) for event in records.history(record.alert.id)]
    assert done == [
        ("reviewer", Action.ACKNOWLEDGE, ""),
        ("reviewer", Action.COMMENT, "Ask <b>billing</b>"),
        ("reviewer", Action.RESOLVE, "Done"),
    ]
    assert "Ask &lt;b&gt;billing&lt;/b&gt;" in operator.get(path).text


def test_change_by_somebody_else_is_no_change_of_mine(
    send: Send, record: Record, records: RecordStore
) -> None:
    """Whoever acts on what has changed meanwhile is told, and keeps what they wrote."""
    records.act(record.alert.id, Action.ACKNOWLEDGE, who="olena")
    path = f"/console/alerts/{record.alert.id}"

    answer = send(path, action="resolve", comment="mine", version=1)

    assert answer.status_code == 409
    assert "Somebody changed this alert meanwhile" in answer.text
    assert ">mine</textarea>" in answer.text
    assert records.get(record.alert.id).state is State.ACKNOWLEDGED


def test_action_that_does_not_lead_on_is_refused(
    send: Send, record: Record, records: RecordStore
) -> None:
    """An open alert cannot be reopened."""
    answer = send(f"/console/alerts/{record.alert.id}", action="reopen", version=1)

    assert answer.status_code == 409
    assert records.history(record.alert.id) == []


def test_empty_comment_is_refused(send: Send, record: Record, records: RecordStore) -> None:
    """A comment says something."""
    answer = send(f"/console/alerts/{record.alert.id}", action="comment", comment=" ", version=1)

    assert answer.status_code == 422
    assert records.history(record.alert.id) == []


def test_comment_is_masked(send: Send, record: Record, records: RecordStore) -> None:
    """A value that an operator quotes is not kept in the open."""
    send(f"/console/alerts/{record.alert.id}", action="comment", comment="is x.y@example.com ours?")

    assert records.history(record.alert.id)[0].text == "is x***@e***.com ours?"


@pytest.fixture
def sealed(app: Flask, records: RecordStore) -> Record:
    """Keep one alert whose payload is kept too, sealed."""
    gate: Services = app.extensions[EXTENSION]
    kept = record_of(PAYLOAD, seal=gate.payload_keys.seal)
    add(records, [kept])
    return kept


def test_values_are_revealed_to_administrators_and_noted(
    app: Flask, sealed: Record, records: RecordStore
) -> None:
    """An administrator sees the values once they ask, and the history says so."""
    admin = app.test_client()
    sign_in(admin, "root")
    path = f"/console/alerts/{sealed.alert.id}"
    assert 'value="reveal"' in admin.get(path).text

    page = sender(admin)(path, action="reveal").text

    assert "<mark>jane.roe@example.com<" in page
    assert [event.action for event in records.history(sealed.alert.id)] == [Action.REVEAL]
    assert "Values revealed" in page
    assert "jane.roe" not in admin.get(path).text


def test_values_are_revealed_to_nobody_else(
    send: Send, operator: FlaskClient, sealed: Record, records: RecordStore
) -> None:
    """Without the scope `admin` there is no button, and no other way."""
    path = f"/console/alerts/{sealed.alert.id}"
    assert 'value="reveal"' not in operator.get(path).text

    answer = send(path, action="reveal")

    assert answer.status_code == 403
    assert "jane.roe" not in answer.text
    assert records.history(sealed.alert.id) == []


def test_values_that_were_not_kept_cannot_be_revealed(app: Flask, record: Record) -> None:
    """Who asks for values that are not there is told."""
    admin = app.test_client()
    sign_in(admin, "root")
    path = f"/console/alerts/{record.alert.id}"
    assert 'value="reveal"' not in admin.get(path).text

    answer = sender(admin)(path, action="reveal")

    assert answer.status_code == 409
    assert "The values cannot be shown" in answer.text
