"""Findings without a job."""

from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import MANY_DISGUISES, Auth, LogLines


def test_findings_come_without_alert_and_job(
    client: FlaskClient, auth: Auth, settings: WebSettings
) -> None:
    """A scan tells where personal data is and leaves nothing behind."""
    answer = client.post("/scan", json={"to": ["test@example.com"]}, headers=auth())
    assert answer.status_code == 200
    [finding] = answer.get_json()["findings"]
    assert (finding["kind"], finding["pointer"]) == ("email", "/to/0")
    assert (finding["start"], finding["end"]) == (0, 16)
    assert list(answer.get_json()) == ["findings"]
    assert list(settings.error_reports.iterdir()) == []


def test_a_clean_payload_has_no_findings(client: FlaskClient, auth: Auth) -> None:
    """Nothing found is an empty list."""
    assert client.post("/scan", headers=auth()).get_json() == {"findings": []}


def test_what_is_allowed_is_not_found(settings: WebSettings, auth: Auth) -> None:
    """Allowed places, kinds and values are left out, the rest is told."""
    allowed = settings.model_copy(
        update={"allow_pointers": ("/items/*/support",), "allow_kinds": ("ip",)}
    )
    client = create_app(allowed, queue=InMemoryQueue()).test_client()
    payload = {"items": [{"support": "a@example.com", "to": "b@example.com"}], "host": "192.0.2.7"}
    answer = client.post("/scan", json=payload, headers=auth())
    assert [one["pointer"] for one in answer.get_json()["findings"]] == ["/items/0/to"]


def test_a_scan_that_gave_up_says_so(client: FlaskClient, auth: Auth, log_lines: LogLines) -> None:
    """More disguises than may be taken off are told in the answer and in the log."""
    answer = client.post("/scan", json=MANY_DISGUISES, headers=auth())
    assert (answer.status_code, answer.get_json()["scan"]) == (200, "partial")
    assert "scan=partial" in log_lines()[-1]
