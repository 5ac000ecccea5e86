"""The store of records on each database that there is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.alert import Alert
from alerting.finding import Finding
from alerting.records.database import Database, open_database
from alerting.records.migrations import bring_up_to_date, downgrade, upgrade
from alerting.records.record import Record, Severity
from alerting.records.severity import DEFAULT, parse_rules
from alerting.records.store import RecordStore
from tests.postgresql_process import postgresql, program

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)


def record_of(
    number: int = 0, *, kind: str = "email", caller: str = "shop", pointer: str = "/contact"
) -> Record:
    """Return the record of an alert some minutes past noon."""
    alert = Alert(
        id=f"{number:032x}",
        recorded_at=NOON + timedelta(minutes=number),
        findings=(Finding(kind, pointer, 3, 19, 0.9, why="@", place=(1,)),),
        caller=caller,
        task="echo",
        request_id=f"request-{number}",
        job_id=f"job-{number}",
    )
    return Record(
        alert=alert, severity=Severity.LOW, excerpt='{"contact":"a***"}', digests=(f"k:{kind}",)
    )


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
        url = f"sqlite:///{tmp_path / 'alerts.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
    opened = open_database(url, make_tables=bring_up_to_date)
    downgrade(opened, version="base")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> RecordStore:
    """Return the store on that database."""
    return RecordStore(database, rules=parse_rules(DEFAULT))
