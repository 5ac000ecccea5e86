"""The first page of the console."""

import re

from flask.testing import FlaskClient

from alerting.records.record import Record
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import LogLines
from tests.flaskapp.console.seeds import seed
from tests.flaskapp.signing_in import sign_in


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
    sign_in(client, "reviewer")

    answer = client.get("/console/")

    assert answer.status_code == 200
    assert "Redis cannot be reached" in answer.text
