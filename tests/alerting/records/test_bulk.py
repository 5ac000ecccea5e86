"""Many new rows go in at once, as if SQLAlchemy had written them, or not at all."""

from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from alerting.errors import DatabaseUnavailable
from alerting.records.adding import _add
from alerting.records.bulk import insert_all
from alerting.records.database import Database
from alerting.records.record import Record
from alerting.records.rows import columns, digest_rows
from alerting.records.store import RecordStore
from alerting.records.tables import alerts, digests
from tests.alerting.records.conftest import record_of


def kept(record: Record) -> Record:
    """Return a record with all that one can have."""
    return replace(record, sealed=b"\x00sealed", excerpt='{"contact":"\u0456***"}')


def test_rows_are_as_sqlalchemy_writes_them(database: Database) -> None:
    """Each value is in the database as if it had got there the other way."""
    one, other = kept(record_of(1)), kept(record_of(2))
    insert_all(database, [(alerts, [columns(one)])])
    with database.writing() as connection:
        _add(connection, {other.alert.id: other}, salt=0)
    shown = text("SELECT recorded_at, is_partial, severity, version, sealed, excerpt FROM alerts")
    with database.reading() as connection:
        first, second = connection.execute(shown).all()
    assert list(map(type, first)) == list(map(type, second))
    assert first[1:] == second[1:]
    assert len(str(first[0])) == len(str(second[0]))


def test_all_rows_or_none(database: Database, store: RecordStore) -> None:
    """A row that is there already keeps those of all tables out."""
    record = record_of(1)
    row = columns(record)
    rows = [*digest_rows(row["number"], record)] * 2
    with pytest.raises(DatabaseUnavailable):
        insert_all(database, [(alerts, [row]), (digests, rows)])
    with database.reading() as connection:
        assert connection.execute(select(alerts.c.id)).all() == []
    store.add([record])
    assert store.get(record.alert.id).alert == record.alert


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_lost_connection_costs_no_alert(database: Database, store: RecordStore) -> None:
    """What PostgreSQL closed while nobody looked is opened anew."""
    store.add([record_of(1)])
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with suppress(DatabaseUnavailable), database.reading() as connection:
        connection.execute(text(end))
    store.add([record_of(2)])
    assert [store.get(f"{number:032x}").alert for number in (1, 2)] == [
        record_of(number).alert for number in (1, 2)
    ]
