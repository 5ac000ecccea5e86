"""Whether a payload is recorded as an alert, and whether its job runs where that fails."""

import logging

from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from alerting.pseudonym import allow_digest
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.another_queue import client_on
from tests.flaskapp.conftest import MANY_DISGUISES, Auth, LogLines
from tests.flaskapp.reported import CONTACT, reports


def test_a_payload_that_cannot_be_scanned_to_its_end_is_refused(
    client: FlaskClient, auth: Auth, settings: WebSettings, log_lines: LogLines
) -> None:
    """Nothing is recorded and no job runs, and the problem says what to do."""
    answer = client.post("/run", json=[MANY_DISGUISES, "a@example.com"], headers=auth())
    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/docs#problem-scan-partial"
    assert reports(settings) == []
    assert "email" in log_lines()[-1]
    assert "scan=partial reason=scan-partial" in log_lines()[-1]


def test_a_setting_lets_partly_scanned_payloads_pass(settings: WebSettings, auth: Auth) -> None:
    """The job runs with an alert of what was found, and the answer says that there may be more."""
    passing = settings.model_copy(update={"scan_failure": "open"})
    client = client_on(passing, InMemoryQueue())
    body = client.post("/run/echo", json=[MANY_DISGUISES, "a@b.ua"], headers=auth()).get_json()
    assert (body["status"], body["scan"]) == ("finished", "partial")
    assert [one["pointer"] for one in body["findings"]] == ["/1"]
    assert len(reports(settings)) == 1


def unwritable(settings: WebSettings) -> None:
    """Put a file where the folder of the reports was."""
    settings.error_reports.rmdir()
    settings.error_reports.write_text("")


def test_an_alert_that_cannot_be_recorded_stops_the_payload(
    app: Flask, auth: Auth, settings: WebSettings
) -> None:
    """Without its alert the job does not run, and the client may try again."""
    unwritable(settings)
    answer = app.test_client().post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 503
    assert answer.get_json()["type"] == "/docs#problem-alert-not-recorded"
    assert "job_id" not in answer.get_json()
    assert int(answer.headers["Retry-After"]) > 0


def test_a_payload_without_findings_needs_no_alert(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """Only personal data depends on the reports."""
    unwritable(settings)
    assert client.post("/run", json={"a": 1}, headers=auth()).status_code == 200


def test_open_failure_runs_the_payload_and_logs_an_error(
    settings: WebSettings, auth: Auth, log_lines: LogLines
) -> None:
    """`ALERT_FAILURE=open` prefers the result; the line of the request is then an error."""
    unwritable(settings)
    opened = settings.model_copy(update={"alert_failure": "open"})
    answer = client_on(opened, InMemoryQueue()).post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 200
    assert answer.get_json()["alert_id"] is None
    assert len(answer.get_json()["findings"]) == 2
    [line] = [line for line in log_lines() if " request " in line]
    assert logging.getLevelName(logging.ERROR) in line
    assert "reason=alert-not-recorded" in line


def test_a_payload_in_which_all_is_allowed_raises_no_alert(
    settings: WebSettings, auth: Auth
) -> None:
    """A kind, a place and a value, each allowed in its own way, leave nothing to report."""
    key = "a key that is for tests only, no. 1"
    allowed = settings.model_copy(
        update={
            "pseudonym_key": SecretStr(key),
            "allow_kinds": ("ip",),
            "allow_pointers": ("/email",),
            "allow_values": (allow_digest(key, "phone", "096 123 45 67"),),
        }
    )
    client = client_on(allowed, InMemoryQueue())
    answer = client.post("/run/echo", json=CONTACT | {"host": "192.0.2.7"}, headers=auth())
    assert answer.status_code == 200
    assert (answer.get_json()["findings"], answer.get_json()["alert_id"]) == ([], None)
    assert reports(settings) == []


def test_what_is_not_allowed_alone_is_reported(settings: WebSettings, auth: Auth) -> None:
    """The alert is about the rest, and its report holds the payload as it came."""
    allowed = settings.model_copy(update={"detect_kinds": ("phone", "ip")})
    answer = client_on(allowed, InMemoryQueue()).post("/run", json=CONTACT, headers=auth())
    assert [one["kind"] for one in answer.get_json()["findings"]] == ["phone"]
    [report] = reports(settings)
    assert report.read_text("utf-8").splitlines()[0] == "ALERT TYPE: phone"
