"""What SQLite and PostgreSQL write alike and standard SQL does not know."""

from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from alerting.records.tables import incidents

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an INSERT that takes ON CONFLICT."""
    return _INSERT[connection.dialect.name](table)


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction groups alerts; with SQLite one at a time writes anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {incidents.name} IN SHARE ROW EXCLUSIVE MODE"))
