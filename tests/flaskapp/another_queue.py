"""The gateway on a queue of a test's own."""

from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue


def client_on(settings: WebSettings, queue: InMemoryQueue) -> FlaskClient:
    """Return a client of a gateway on another queue."""
    return create_app(settings, queue=queue).test_client()
