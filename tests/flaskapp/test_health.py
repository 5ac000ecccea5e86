"""Probes for supervisors and load balancers."""

from flask.testing import FlaskClient
from pydantic import SecretStr

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.errors import QueueUnavailable
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import LogLines

READY = {"queue": "ok", "alerts": "ok", "reports": "ok"}


class SilentQueue(InMemoryQueue):
    """A queue that does not answer."""

    def ping(self) -> None:
        """Fail."""
        raise QueueUnavailable


def test_a_live_process_says_so(client: FlaskClient) -> None:
    """No token is needed to ask."""
    answer = client.get("/livez")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_readiness_names_its_checks(client: FlaskClient, settings: WebSettings) -> None:
    """A gateway that can serve says what it looked at, and leaves nothing in the reports."""
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "ready", "checks": READY}
    assert list(settings.error_reports.iterdir()) == []


def test_a_queue_out_of_reach_is_not_ready(settings: WebSettings) -> None:
    """Without the queue nothing can be accepted."""
    answer = create_app(settings, queue=SilentQueue()).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {**READY, "queue": "failed"}
    assert answer.headers["Retry-After"]


def test_a_database_out_of_reach_is_not_ready(settings: WebSettings) -> None:
    """Without it no alert can be recorded, unless workers do that later."""
    gone = {"database_url": SecretStr("postgresql://piigate@127.0.0.1:1/postgres")}
    direct = settings.model_copy(update=gone)
    answer = create_app(direct, queue=InMemoryQueue()).test_client().get("/readyz")
    assert answer.get_json()["checks"] == {**READY, "alerts": "failed"}
    queued = settings.model_copy(update={**gone, "alert_recording": "queued"})
    answer = create_app(queued, queue=InMemoryQueue()).test_client().get("/readyz")
    assert answer.get_json()["checks"] == READY


def test_reports_that_cannot_be_written_are_not_ready(
    client: FlaskClient, settings: WebSettings
) -> None:
    """Without alerts personal data would be refused."""
    settings.error_reports.rmdir()
    settings.error_reports.write_text("")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {**READY, "reports": "failed"}


def test_reports_do_not_matter_to_an_open_gateway(settings: WebSettings) -> None:
    """`ALERT_FAILURE=open` serves without reports, so it is ready without them."""
    settings.error_reports.rmdir()
    opened = settings.model_copy(update={"alert_failure": "open"})
    answer = create_app(opened, queue=InMemoryQueue()).test_client().get("/readyz")
    assert answer.status_code == 200


def test_reports_do_not_matter_where_nobody_writes_any(settings: WebSettings) -> None:
    """With `ALERT_REPORTS=off` alerts are recorded in the database alone."""
    settings.error_reports.rmdir()
    settings.error_reports.write_text("")
    elsewhere = settings.model_copy(update={"alert_reports": "off"})
    answer = create_app(elsewhere, queue=InMemoryQueue()).test_client().get("/readyz")
    assert answer.status_code == 200


def test_probes_that_pass_are_logged_for_debugging_only(
    client: FlaskClient, log_lines: LogLines
) -> None:
    """A probe every few seconds does not bury the log of the requests."""
    client.get("/livez")
    client.get("/readyz")
    assert [" DEBUG " in line for line in log_lines()] == [True, True]
