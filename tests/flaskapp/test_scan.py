"""Findings without a job."""

from flask.testing import FlaskClient

from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import Auth


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
