"""What SQLite and PostgreSQL write alike and standard SQL does not know."""

from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from alerting.records.tables import incidents

# Any number that nobody else who uses the database is likely to lock.
_MIGRATIONS = 7_526_471_042

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an INSERT that takes ON CONFLICT."""
    return _INSERT[connection.dialect.name](table)


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction groups alerts; with SQLite one at a time writes anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {incidents.name} IN SHARE ROW EXCLUSIVE MODE"))


def migrates_alone(connection: Connection) -> None:
    """Wait until no other transaction changes the tables; with SQLite one at a time writes anyway.

    There may be no table yet that could be locked.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATIONS})"))
