"""Who may open the console, which forms it believes, and what every page has in common."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from alerting.records.record import Record, State
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.console.conftest import Send
from tests.flaskapp.signing_in import SAME_ORIGIN, sign_in

PAGES = ("/console/", "/console/alerts", "/console/incidents", "/console/try")


@pytest.mark.parametrize("path", [*PAGES, "/console/live", "/console/nowhere"])
def test_visitor_is_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    """Nothing is shown to somebody who did not sign in, not even what exists."""
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


def test_token_without_the_scope_opens_nothing(client: FlaskClient, record: Record) -> None:
    """A session of a token without `alerts` neither reads nor changes anything."""
    sign_in(client, "alice")

    for path in PAGES:
        assert client.get(path).status_code == 403
    assert client.post(f"/console/alerts/{record.alert.id}", headers=SAME_ORIGIN).status_code == 403


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_form_without_the_sessions_token_is_refused(
    operator: FlaskClient, record: Record, records: RecordStore, token: str | None
) -> None:
    """The token in the form is needed even from a page of the same origin."""
    form = {"action": "resolve"} if token is None else {"action": "resolve", "csrf_token": token}

    answer = operator.post(f"/console/alerts/{record.alert.id}", data=form, headers=SAME_ORIGIN)

    assert answer.status_code == 403
    assert "This was refused" in answer.text
    assert records.get(record.alert.id).state is State.OPEN


def test_form_of_another_site_is_refused(
    operator: FlaskClient, record: Record, records: RecordStore
) -> None:
    """The origin is needed even with the token."""
    operator.get("/console/try")
    page = operator.get("/console/try").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"action": "resolve", "csrf_token": token}

    answer = operator.post(
        f"/console/alerts/{record.alert.id}", data=form, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert records.get(record.alert.id).state is State.OPEN


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_protected(operator: FlaskClient, path: str) -> None:
    """No script or style stands in a page, and the policy would run none."""
    answer = operator.get(path)
    policy = answer.headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<style|style=|<script(?! src=)| on[a-z]+=", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_empty_pages_say_what_will_be_there(operator: FlaskClient, path: str) -> None:
    """A new installation has pages that explain themselves."""
    answer = operator.get(path)

    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


@pytest.mark.parametrize(
    "path", ["/console/alerts/none", "/console/incidents/none", "/console/x/y"]
)
def test_what_is_not_there_is_said_in_the_same_look(operator: FlaskClient, path: str) -> None:
    """A missing page is a page too, with a way back."""
    answer = operator.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/console/"' in answer.text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "This cannot be done here"), ("uk", "Тут цього не зробити")]
)
def test_other_methods_are_refused_in_the_same_look(
    send: Send, operator: FlaskClient, language: str, said: str
) -> None:
    """An address that takes no form says so in a page, and an address of the API in JSON."""
    operator.set_cookie("piigate_language", language)
    for answer in (send("/console/"), send("/console/nowhere"), operator.put("/console/alerts")):
        assert answer.status_code == 405
        assert f"<h1>{said}</h1>" in answer.text
        assert "GET" in answer.headers["Allow"]
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert operator.put("/alerts").mimetype == "application/problem+json"


def test_database_out_of_reach_is_said(settings: WebSettings, tmp_path: Path) -> None:
    """Without its database the console says so, and when to come again."""
    (tmp_path / "file").write_text("no folder")
    lost = WebSettings.load(
        **{**settings.model_dump(), "database_url": f"sqlite:///{tmp_path}/file/alerts.db"}
    )
    client = create_app(lost, queue=InMemoryQueue()).test_client()
    sign_in(client, "reviewer")

    answer = client.get("/console/alerts")

    assert answer.status_code == 503
    assert "The database is out of reach" in answer.text
    assert answer.headers["Retry-After"]


def test_language_is_switched_and_kept(send: Send, operator: FlaskClient) -> None:
    """The choice outlives the page, and the session does not begin to count anew."""
    operator.set_cookie("piigate_language", "uk")
    assert "<h1>Сповіщення</h1>" in operator.get("/console/alerts").text

    answer = send("/console/language", language="en")

    assert answer.status_code == 303
    assert "piigate_session" not in answer.headers["Set-Cookie"]
    assert "<h1>Alerts</h1>" in operator.get("/console/alerts").text


@pytest.mark.parametrize(
    ("referrer", "target"),
    [
        ("http://localhost/console/alerts?state=open", "/console/alerts?state=open"),
        ("http://evil.example/console/alerts", "/console/"),
        ("http://localhost/rq/", "/console/"),
        ("", "/console/"),
    ],
)
def test_switch_leads_back_to_a_page_of_the_console(
    operator: FlaskClient, referrer: str, target: str
) -> None:
    """The switch leads back to where it was pressed, never to another site."""
    answer = operator.get("/console/language", headers={"Referer": referrer})

    assert answer.headers["Location"] == target


def test_jobs_are_linked_for_administrators_alone(app: Flask, operator: FlaskClient) -> None:
    """Whoever cannot open rq-dashboard sees no link to it."""
    assert 'href="/rq/"' not in operator.get("/console/").text
    admin = app.test_client()
    sign_in(admin, "root")
    assert 'href="/rq/"' in admin.get("/console/").text
