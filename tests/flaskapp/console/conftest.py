"""The console on records in SQLite, and operators who are signed in."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from alerting.finding import JsonValue
from alerting.records.record import Record
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.services import EXTENSION, Services
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.console.seeds import add, record_of
from tests.flaskapp.signing_in import SAME_ORIGIN, sign_in

Send = Callable[..., TestResponse]
PAYLOAD: JsonValue = {"contact": {"email": "jane.roe@example.com"}, "count": 1}


@pytest.fixture
def app(settings: WebSettings, queue: InMemoryQueue) -> Flask:
    """Return the gateway, its queue looked at in memory too."""
    return create_app(settings, queue=queue, overview=queue)


@pytest.fixture
def records(app: Flask) -> RecordStore:
    """Return the store behind the console."""
    gate: Services = app.extensions[EXTENSION]
    return gate.records


@pytest.fixture
def operator(client: FlaskClient) -> FlaskClient:
    """Return a browser that an operator signed in with."""
    sign_in(client, "reviewer")
    return client


@pytest.fixture
def record(records: RecordStore) -> Record:
    """Keep one alert."""
    kept = record_of(PAYLOAD, caller="shop", task="echo")
    add(records, [kept])
    return kept


@pytest.fixture
def send(operator: FlaskClient) -> Send:
    """Return a function that sends a form of the console the way its pages do."""
    return sender(operator)


def sender(client: FlaskClient) -> Send:
    """Return the same for somebody else's browser."""

    def sent(path: str, **form: object) -> TestResponse:
        page = client.get("/console/try").get_data(as_text=True)
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return client.post(path, data={"csrf_token": token, **form}, headers=SAME_ORIGIN)

    return sent
