"""The way of a request, from the payload to the answer."""

import io
import json

import pytest
from flask.testing import FlaskClient

from alerting.finding import JsonValue
from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import Auth
from tests.flaskapp.reported import CONTACT, reports


def test_a_bare_post_is_an_empty_object(client: FlaskClient, auth: Auth) -> None:
    """No body needs no content type and finds nothing."""
    answer = client.post("/run", headers=auth())
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["result"] == {}
    assert body["findings"] == []
    assert body["alert_id"] is None
    assert list(body) == ["job_id", "task", "status", "result", "findings", "alert_id"]


def test_contacts_are_found_reported_and_run(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """Personal data is answered by place, reported in full, and the result comes back."""
    answer = client.post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["task"], body["status"], body["result"]) == ("transform", "finished", CONTACT)
    assert [(one["kind"], one["pointer"]) for one in body["findings"]] == [
        ("email", "/email"),
        ("phone", "/phone"),
    ]
    assert set(body["findings"][0]) == {"kind", "pointer", "start", "end", "confidence"}
    [report] = reports(settings)
    lines = report.read_text("utf-8").splitlines()
    assert lines[0] == "ALERT TYPE: email and phone"
    assert lines[2] == f"DATA: {CONTACT!r}"
    assert len(body["alert_id"]) == 32


def test_personal_data_in_a_name_is_said_to_be_there(client: FlaskClient, auth: Auth) -> None:
    """A finding in a member's name says so, and its pointer hides the name."""
    answer = client.post("/run/echo", json={"test@example.com": 1}, headers=auth())
    [finding] = answer.get_json()["findings"]
    assert finding["in_key"] is True
    assert "test@example.com" not in finding["pointer"]


@pytest.mark.parametrize(
    "payload", [None, 0, "text", [], {}, True, ["é", {"k": [1.5, None]}], "їжак", {"b": 1, "a": 2}]
)
def test_any_json_value_is_run(client: FlaskClient, auth: Auth, payload: JsonValue) -> None:
    """A payload need not be an object; it comes back as it was, members in their order."""
    answer = client.post(
        "/run/echo",
        data=json.dumps(payload),
        content_type="application/json",
        headers=auth(),
    )
    assert answer.status_code == 200
    assert json.dumps(answer.get_json()["result"]) == json.dumps(payload)


@pytest.mark.parametrize(
    "media", ["application/json", "application/JSON; charset=UTF-8", "application/geo+json"]
)
def test_json_media_types_are_taken(client: FlaskClient, auth: Auth, media: str) -> None:
    """JSON goes by several names."""
    answer = client.post("/run/echo", data=b"[1]", content_type=media, headers=auth())
    assert answer.get_json()["result"] == [1]


def test_a_chunked_body_is_read(client: FlaskClient, auth: Auth) -> None:
    """A body without a length is read to its end."""
    answer = client.post(
        "/run/echo",
        input_stream=io.BytesIO(b"[1, 2]"),
        content_type="application/json",
        headers=auth() | {"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.get_json()["result"] == [1, 2]


def test_an_async_request_is_accepted_and_found_again(client: FlaskClient, auth: Auth) -> None:
    """Who does not wait gets the job's address, findings included, and the result from there."""
    answer = client.post("/run/echo", json=CONTACT, headers=auth() | {"Prefer": "respond-async"})
    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    body = answer.get_json()
    assert list(body) == ["job_id", "task", "status", "findings", "alert_id"]
    assert body["status"] == "queued"
    assert len(body["findings"]) == 2
    assert answer.headers["Location"] == f"/jobs/{body['job_id']}"
    later = client.get(f"{answer.headers['Location']}?wait=5", headers=auth())
    assert later.get_json()["result"] == CONTACT


def test_a_preferred_wait_is_applied(client: FlaskClient, auth: Auth) -> None:
    """The preference is named in the answer, with the limit that it met."""
    answer = client.post("/run", headers=auth() | {"Prefer": "wait=3600"})
    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait=10"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("redact", {"to": "<EMAIL_1>", "n": 1}),
        ("mask", {"to": "a***@e***.com", "n": 1}),
    ],
)
def test_redaction_tasks_replace_what_is_found(
    client: FlaskClient, auth: Auth, name: str, result: JsonValue
) -> None:
    """The findings of the answer are the values that the result lacks."""
    payload = {"to": "ann@example.com", "n": 1}
    answer = client.post(f"/run/{name}", json=payload, headers=auth())
    assert answer.get_json()["result"] == result
    assert [one["pointer"] for one in answer.get_json()["findings"]] == ["/to"]
