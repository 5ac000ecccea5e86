"""The console in a real browser, an administrator signed in.

A breach of the page's policy or an error in its script fails whichever test it happens in.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, StorageState

from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.services import EXTENSION, Services
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import tokens
from tests.flaskapp.console.browser import Visitor, launched, served, visit
from tests.flaskapp.console.seeds import seed


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a gateway with alerts of a month."""
    home = tmp_path_factory.mktemp("console")
    (home / "error_reports").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIIGATE_HOME", str(home))
        settings = WebSettings.load(api_tokens=tokens(), secret_key="a key for tests only")
        queue = InMemoryQueue()
        made = create_app(settings, queue=queue, overview=queue)
        seed(store_of(made), count=20)
        yield made


def store_of(app: Flask) -> RecordStore:
    """Return the store behind the console."""
    gate: Services = app.extensions[EXTENSION]
    return gate.records


@pytest.fixture(scope="module")
def records(app: Flask) -> RecordStore:
    """Return the store behind the console."""
    return store_of(app)


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Serve the gateway."""
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for all tests."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def session(browser: Browser, address: str) -> Iterator[StorageState]:
    """Return what a window keeps in which an administrator has signed in."""
    with visit(browser, address, locale="en-GB") as visitor:
        visitor.sign_in()
        yield visitor.page.context.storage_state()


@pytest.fixture
def visitor(browser: Browser, address: str, session: StorageState) -> Iterator[Visitor]:
    """Open a window in which an administrator is signed in."""
    with visit(browser, address, locale="en-GB", storage_state=session) as visitor:
        yield visitor
