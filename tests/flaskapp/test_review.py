"""Alerts can be listed, looked at, taken up and exported by programs with the scope for it."""

import csv
import io
import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # ships no types

from alerting.records.store import RecordStore
from flaskapp.openapi import document
from flaskapp.services import EXTENSION
from tests.alerting.records.conftest import NOON, record_of
from tests.flaskapp.conftest import Auth


@pytest.fixture
def records(app: Flask) -> RecordStore:
    """Return the gateway's store with three alerts in two incidents."""
    store: RecordStore = app.extensions[EXTENSION].records
    kept = [record_of(0), record_of(1), record_of(2, kind="iban", caller="bank")]
    store.add(kept)
    store.group([one.alert.id for one in kept], window=timedelta(hours=1))
    return store


@pytest.fixture
def reviewer(auth: Auth, records: RecordStore) -> dict[str, str]:
    """Return the headers of somebody who may review."""
    return auth("reviewer")


def keeps_to(schema: str, value: object) -> None:
    """Fail unless the value is what the description says."""
    reference = {"$ref": f"#/components/schemas/{schema}", "components": document()["components"]}
    Draft202012Validator(reference).validate(value)


def alert_id(number: int) -> str:
    """Return the id of the alert with that number."""
    return record_of(number).alert.id


def test_lists_alerts_page_by_page(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """Each page leads to the next, in a link too, and keeps the filter."""
    first = client.get("/alerts?limit=1&kind=email", headers=reviewer)
    keeps_to("AlertPage", first.get_json())
    (alert,) = first.get_json()["alerts"]
    assert (alert["alert_id"], alert["recorded_at"]) == (alert_id(1), "2026-05-09T12:01:00Z")
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = client.get(following, headers=reviewer).get_json()
    assert [one["alert_id"] for one in second["alerts"]] == [alert_id(0)]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", ["state=closed", "severity=9", "since=yesterday", "before=x", "limit=0", "limit=501"]
)
def test_refuses_what_it_cannot_read(
    client: FlaskClient, reviewer: dict[str, str], query: str
) -> None:
    """A parameter that makes no sense is a problem that names it."""
    answer = client.get(f"/alerts?{query}", headers=reviewer)
    assert (answer.status_code, answer.get_json()["parameter"]) == (422, query.partition("=")[0])


def test_is_for_reviewers(client: FlaskClient, auth: Auth, records: RecordStore) -> None:
    """Who may only run payloads does not see alerts."""
    for path in ("/alerts", "/alerts.csv", "/alerts/stats", f"/alerts/{alert_id(0)}", "/incidents"):
        assert client.get(path, headers=auth("alice")).status_code == 403
        assert client.get(path).status_code == 401


def test_an_alert_is_taken_up(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """What is done is seen in the state, the version and the history."""
    path = f"/alerts/{alert_id(0)}"
    before = client.get(path, headers=reviewer)
    keeps_to("AlertWithHistory", before.get_json())
    done = client.post(
        f"{path}/acknowledge",
        headers={**reviewer, "If-Match": before.headers["ETag"]},
        json={"comment": "mine"},
    )
    assert (done.status_code, done.get_json()["state"]) == (200, "acknowledged")
    assert done.headers["ETag"] != before.headers["ETag"]
    (event,) = client.get(path, headers=reviewer).get_json()["history"]
    assert (event["who"], event["action"], event["comment"]) == ("reviewer", "acknowledge", "mine")


def test_of_two_only_one_takes_it_up(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """Who looked at an older version is told so, and so is who does what the state rules out."""
    path = f"/alerts/{alert_id(0)}"
    headers = {**reviewer, "If-Match": client.get(path, headers=reviewer).headers["ETag"]}
    assert client.post(f"{path}/resolve", headers=headers).status_code == 200
    assert (
        client.post(f"{path}/comment", headers=headers, json={"comment": "no"}).status_code == 412
    )
    assert client.post(f"{path}/acknowledge", headers=reviewer).status_code == 409
    assert client.post(f"{path}/reopen", headers={**reviewer, "If-Match": "*"}).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"comment": "  "}, {"comment": 1}, [], {"comment": "x" * 2001}]
)
def test_a_comment_is_a_text(client: FlaskClient, reviewer: dict[str, str], body: object) -> None:
    """A comment without a text, or with too much of it, is refused."""
    answer = client.post(f"/alerts/{alert_id(0)}/comment", headers=reviewer, json=body)
    assert answer.status_code == 422


def test_a_comment_holds_no_value(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """Personal data in a comment is masked."""
    path = f"/alerts/{alert_id(0)}"
    body = {"comment": "asked ann@example.com"}
    assert client.post(f"{path}/comment", headers=reviewer, json=body).status_code == 200
    assert "ann@example.com" not in client.get(path, headers=reviewer).text


def test_there_is_no_such_alert(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """An unknown id is not found, and neither is an unknown action."""
    for path in ("/alerts/0/resolve", f"/alerts/{alert_id(0)}/delete", "/incidents/0/resolve"):
        assert client.post(path, headers=reviewer).status_code == 404
    assert client.get("/alerts/0", headers=reviewer).status_code == 404


def test_incidents_are_taken_up_whole(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """An action on an incident reaches its alerts and says how many."""
    page = client.get("/incidents", headers=reviewer).get_json()
    keeps_to("IncidentPage", page)
    mail = incident_of_mail(client, reviewer)
    done = client.post(f"/incidents/{mail}/resolve", headers=reviewer)
    keeps_to("ChangedIncident", done.get_json())
    assert (done.get_json()["changed"], done.get_json()["open"]) == (2, 0)
    query = f"/alerts?incident={mail}&state=resolved"
    assert len(client.get(query, headers=reviewer).get_json()["alerts"]) == 2


def test_of_two_only_one_takes_an_incident_up(
    client: FlaskClient, reviewer: dict[str, str]
) -> None:
    """Who looked at an incident before somebody did something with an alert of it is told so."""
    path = f"/incidents/{incident_of_mail(client, reviewer)}"
    headers = {**reviewer, "If-Match": client.get(path, headers=reviewer).headers["ETag"]}
    assert client.post(f"/alerts/{alert_id(0)}/acknowledge", headers=reviewer).status_code == 200
    refused = client.post(f"{path}/resolve", headers=headers)
    assert (refused.status_code, refused.get_json()["type"][-13:]) == (412, "alert-changed")
    headers["If-Match"] = client.get(path, headers=reviewer).headers["ETag"]
    done = client.post(f"{path}/resolve", headers=headers)
    assert (done.status_code, done.get_json()["changed"]) == (200, 2)
    assert done.headers["ETag"] != headers["If-Match"]


def incident_of_mail(client: FlaskClient, reviewer: dict[str, str]) -> str:
    """Return the id of the incident of both e-mail addresses."""
    page = client.get("/incidents", headers=reviewer).get_json()
    (mail,) = [one["incident_id"] for one in page["incidents"] if one["kinds"] == ["email"]]
    return str(mail)


def test_counts(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """Statistics are of the span that is asked for."""
    day = client.get("/alerts/stats?since=2026-05-09&until=2026-05-10", headers=reviewer).get_json()
    keeps_to("AlertStats", day)
    assert (day["total"], day["kinds"][0]) == (3, {"value": "email", "count": 2})
    assert client.get("/alerts/stats", headers=reviewer).get_json()["total"] == 0
    assert client.get("/alerts/stats?since=2099-01-01", headers=reviewer).status_code == 422


def test_exports_what_is_asked_for(client: FlaskClient, reviewer: dict[str, str]) -> None:
    """Both forms have a line for each alert of the filter."""
    lines = client.get("/alerts.ndjson?kind=email", headers=reviewer).text.splitlines()
    assert [json.loads(line)["alert_id"] for line in lines] == [alert_id(1), alert_id(0)]
    answer = client.get("/alerts.csv?kind=iban", headers=reviewer)
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["alert_id"], row["kinds"]) == (alert_id(2), "iban")
    assert answer.mimetype == "text/csv"


def test_a_cell_is_no_formula(client: FlaskClient, auth: Auth, app: Flask) -> None:
    """What a client chose cannot run in a spreadsheet."""
    app.extensions[EXTENSION].records.add([record_of(0, caller="=1+1")])
    (row,) = csv.DictReader(io.StringIO(client.get("/alerts.csv", headers=auth("root")).text))
    assert row["caller"] == "'=1+1"


def test_says_that_the_database_is_away(app: Flask, auth: Auth) -> None:
    """Without its database the review is unavailable, the export before its first line."""
    store: RecordStore = app.extensions[EXTENSION].records
    with store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alert_events")
        connection.exec_driver_sql("ALTER TABLE alerts RENAME TO gone")
    client = app.test_client()
    for path in ("/alerts", "/alerts.csv", f"/alerts/{NOON.year}"):
        answer = client.get(path, headers=auth("reviewer"))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.get_json()["type"].endswith("alerts-unavailable")
