"""What SQLite and PostgreSQL write alike and standard SQL does not know."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, any_, text
from sqlalchemy.dialects import postgresql, sqlite

from alerting.records.tables import incidents

# Any number that nobody else who uses the database is likely to lock.
_MIGRATIONS = 7_526_471_042

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(connection: Connection, table: Table) -> Any:
    """Return an INSERT that takes ON CONFLICT."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Any:
    """Return the same for the dialect of a name."""
    return _INSERT[dialect](table)


def ordered_equal(
    column: Column[Any], value: ColumnElement[Any], *, dialect: str
) -> ColumnElement[bool]:
    """Return that a column has a value, where rows are to be read from an index that it begins.

    An order by that column and more then leaves PostgreSQL no other index. It drops from an order
    what it knows to be one value, and would guess which index is best for the rest, as if no two
    columns had anything to do with each other.
    """
    if dialect == "postgresql":
        return column == any_(postgresql.array([value], type_=column.type))
    return column == value


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
