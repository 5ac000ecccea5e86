"""The pages as an operator without script gets them."""

import html
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from alerting.records.record import Action, Record, State
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.services import EXTENSION, Services
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import LogLines, token_of
from tests.flaskapp.console.conftest import OURS, PAYLOAD, Send, sender
from tests.flaskapp.console.seeds import add, record_of, seed

DAY = datetime(2020, 1, 1, tzinfo=UTC)
PAGES = ("/console/", "/console/alerts", "/console/incidents", "/console/try")


def text_of(page: str) -> str:
    """Return what a person reads of a page."""
    body = page.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.mark.parametrize("path", [*PAGES, "/console/live", "/console/nowhere"])
def test_visitor_is_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    """Nothing is shown to somebody who did not sign in, not even what exists."""
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")


def test_token_without_the_scope_opens_nothing(client: FlaskClient, record: Record) -> None:
    """A session of a token without `alerts` neither reads nor changes anything."""
    client.post("/login", data={"token": token_of("alice")}, headers=OURS)

    for path in PAGES:
        assert client.get(path).status_code == 403
    assert client.post(f"/console/alerts/{record.alert.id}", headers=OURS).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_empty_pages_say_what_will_be_there(operator: FlaskClient, path: str) -> None:
    """A new installation has pages that explain themselves."""
    answer = operator.get(path)

    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


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


def test_overview_counts(operator: FlaskClient, records: RecordStore) -> None:
    """The first page counts alerts by state, kind, caller, task and place."""
    seed(records, count=60)

    page = operator.get("/console/?span=30d").text

    assert re.search(r'figure">20</span>\s*<span class="says">open alerts', page)
    assert 'role="img"' in page
    assert re.search(r"<th scope=.col. class=.number.>email</th>", page)
    assert "?caller=shop" in page
    assert "<code>/customer/email</code>" in page
    assert "1 worker alive" in page


def test_live_parts_are_those_of_the_page(operator: FlaskClient, record: Record) -> None:
    """The script gets the parts that it renews, and no more."""
    parts = re.findall(r'id="(live-\w+)"', operator.get("/console/live?span=24h").text)

    assert parts == ["live-tiles", "live-chart", "live-rankings", "live-queues"]
    assert "<html" not in operator.get("/console/live").text


def test_an_open_page_does_not_fill_the_log(operator: FlaskClient, log_lines: LogLines) -> None:
    """What the script asks for every few seconds is logged for debugging alone."""
    operator.get("/console/live")

    assert " DEBUG " in log_lines()[-1]
    assert "route=/console/live" in log_lines()[-1]


def test_overview_without_redis_says_so(settings: WebSettings) -> None:
    """Alerts are shown also while nobody knows about the queues."""
    lost = WebSettings.load(**{**settings.model_dump(), "redis_url": "redis://127.0.0.1:1/0"})
    client = create_app(lost, queue=InMemoryQueue()).test_client()
    client.post("/login", data={"token": token_of("reviewer")}, headers=OURS)

    answer = client.get("/console/")

    assert answer.status_code == 200
    assert "Redis cannot be reached" in answer.text


def test_list_is_filtered(operator: FlaskClient, records: RecordStore) -> None:
    """The form narrows the list down, and keeps what was filled in."""
    shop = record_of({"a": "x@example.com"}, caller="shop")
    billing = record_of({"a": "4111 1111 1111 1111"}, caller="billing")
    add(records, [shop, billing])

    for query in (
        "caller=billing",
        "kind=card",
        "severity=high",
        "text=billing",
        "state=open&kind=card",
    ):
        page = operator.get(f"/console/alerts?{query}").text
        assert billing.alert.id in page
        assert shop.alert.id not in page
    assert 'value="card" selected' in page
    assert "No alert matches" in operator.get("/console/alerts?caller=nobody").text


def test_filter_that_means_nothing_is_explained(operator: FlaskClient) -> None:
    """A time that is none is marked in the form, and its other fields stay."""
    answer = operator.get("/console/alerts?since=yesterday&caller=shop")

    assert answer.status_code == 422
    assert re.search(r'name="since"[^>]*aria-invalid="true"', answer.text)
    assert 'value="shop"' in answer.text


def test_list_goes_on_page_by_page(operator: FlaskClient, records: RecordStore) -> None:
    """Every alert is on one of the pages that lead to each other, with the filter kept."""
    kept = [record_of({"a": "x@example.com"}, caller="shop") for _ in range(60)]
    add(records, kept)
    path = "/console/alerts?caller=shop"
    seen: list[str] = []
    while path:
        page = operator.get(path).text
        seen += re.findall(r'name="alert" value="(\w+)"', page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(link[1]) if link else ""

    assert sorted(seen) == sorted(record.alert.id for record in kept)


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


def test_several_alerts_are_resolved_at_once(
    send: Send, operator: FlaskClient, records: RecordStore
) -> None:
    """The ticked alerts are acted on, those that it does not suit are counted, the filter stays."""
    kept = [record_of({"a": "x@example.com"}) for _ in range(3)]
    add(records, kept)
    ids = [record.alert.id for record in kept]
    records.act(ids[0], Action.RESOLVE, who="olena")

    answer = send("/console/alerts?caller=shop", action="resolve", alert=ids[:2])

    assert [records.get(id_).state for id_ in ids] == [State.RESOLVED, State.RESOLVED, State.OPEN]
    assert answer.headers["Location"] == (
        "/console/alerts?caller=shop&done=resolve&count=1&skipped=1"
    )
    assert "Resolved. 1 alert. In another state already: 1." in text_of(
        operator.get(answer.headers["Location"]).text
    )


def test_incident_is_acted_on_as_a_whole(
    send: Send, operator: FlaskClient, records: RecordStore
) -> None:
    """Alerts that belong together are listed, counted and closed together."""
    add(records, [record_of({"a": "x@example.com"}) for _ in range(3)])
    (incident,) = records.incidents(limit=5).incidents
    path = f"/console/incidents/{incident.id}"

    assert path in operator.get("/console/incidents").text
    assert operator.get(path).text.count('class="state open"') == 3
    assert send(path, action="acknowledge", comment="all of them").status_code == 303

    assert records.incident(incident.id).open == 0
    assert operator.get(path).text.count('class="state acknowledged"') == 3


@pytest.mark.parametrize(
    "path", ["/console/alerts/none", "/console/incidents/none", "/console/x/y"]
)
def test_what_is_not_there_is_said_in_the_same_look(operator: FlaskClient, path: str) -> None:
    """A missing page is a page too, with a way back."""
    answer = operator.get(path)

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert 'href="/console/"' in answer.text


def test_database_out_of_reach_is_said(settings: WebSettings, tmp_path: Path) -> None:
    """Without its database the console says so, and when to come again."""
    (tmp_path / "file").write_text("no folder")
    lost = WebSettings.load(
        **{**settings.model_dump(), "database_url": f"sqlite:///{tmp_path}/file/alerts.db"}
    )
    client = create_app(lost, queue=InMemoryQueue()).test_client()
    client.post("/login", data={"token": token_of("reviewer")}, headers=OURS)

    answer = client.get("/console/alerts")

    assert answer.status_code == 503
    assert "The database is out of reach" in answer.text
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_form_without_the_sessions_token_is_refused(
    operator: FlaskClient, record: Record, records: RecordStore, token: str | None
) -> None:
    """The token in the form is needed even from a page of the same origin."""
    form = {"action": "resolve"} if token is None else {"action": "resolve", "csrf_token": token}

    answer = operator.post(f"/console/alerts/{record.alert.id}", data=form, headers=OURS)

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


def test_payload_is_tried_without_a_trace(
    send: Send, records: RecordStore, settings: WebSettings, log_lines: LogLines
) -> None:
    """What is found is marked to the character; nothing is recorded, and the log has no kinds."""
    answer = send("/console/try", payload='{"note": "write to jane.roe@example.com today"}')

    assert answer.status_code == 200
    assert (
        '"write to <mark>jane.roe@example.com<span class="why">email</span></mark> today'
        in html.unescape(answer.text)
    )
    assert "1 finding" in text_of(answer.text)
    assert records.stats(since=DAY, until=DAY.replace(year=2100)).total == 0
    assert not list(settings.error_reports.iterdir())
    lines = "\n".join(log_lines())
    assert "jane" not in lines
    assert "kinds=" not in lines


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ("", "line 1, column 1"),
        ('{"a": 1, "a": 2}', "two members of one name"),
    ],
)
def test_what_is_not_json_is_shown_at_its_place(send: Send, payload: str, says: str) -> None:
    """The error says where to look, and the text stays in the form."""
    answer = send("/console/try", payload=payload)

    assert answer.status_code in {400, 422}
    assert says in text_of(answer.text)
    assert f">\n{html.escape(payload)}</textarea>" in answer.text.replace("&#34;", "&quot;")


def test_long_payload_is_shown_in_part(send: Send) -> None:
    """A page ends after some thousand lines; everything is scanned."""
    answer = send("/console/try", payload=str(list(range(3000))))

    assert answer.status_code == 200
    assert "this page ends here" in answer.text


def test_form_that_is_too_large_is_refused(send: Send) -> None:
    """More than a form may have is refused in the look of the console."""
    file = BytesIO()  # makes the form multipart, as the page sends it

    answer = send("/console/try", payload="x" * 505_000, file=(file, "x"))

    assert answer.status_code == 413
    assert "This is too much" in answer.text


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
    admin.post("/login", data={"token": token_of("root")}, headers=OURS)
    assert 'href="/rq/"' in admin.get("/console/").text


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
    admin.post("/login", data={"token": token_of("root")}, headers=OURS)
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
    admin.post("/login", data={"token": token_of("root")}, headers=OURS)
    path = f"/console/alerts/{record.alert.id}"
    assert 'value="reveal"' not in admin.get(path).text

    answer = sender(admin)(path, action="reveal")

    assert answer.status_code == 409
    assert "The values cannot be shown" in answer.text
