"""The store of records on each database that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.records.database import Database, open_database
from alerting.records.store import RecordStore
from alerting.records.tables import metadata
from tests.postgresql_process import postgresql, program


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Run one PostgreSQL for all tests."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL's server is not installed")
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Return an empty database with all tables."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{tmp_path / 'alerts.db'}")
    else:
        opened = open_database(request.getfixturevalue("postgresql_url"))
    metadata.drop_all(opened.engine)
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> RecordStore:
    """Return the store on that database."""
    return RecordStore(database)
