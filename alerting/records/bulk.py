"""Inserts many new rows at once, in the driver's own words. Knows no alerts.

SQLAlchemy looks at each statement and each value anew, every time; that takes longer than the
insert itself. SQLite gets prepared statements, PostgreSQL all rows of all tables in one statement,
which is a transaction by itself: one way there and back. Its driver takes forty times as long for
arrays of the values as orjson for all rows in a text.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, Dialect, String, Table

from alerting.records.database import ConnectionLost, Database

Row: TypeAlias = Mapping[str, object]
Part: TypeAlias = tuple[Table, Sequence[Row]]
"""Rows of one table, which have the same columns in the same order."""


def insert_all(database: Database, parts: Sequence[Part]) -> None:
    """Insert all rows or none, a table after the one that it refers to.

    Raises DatabaseUnavailable, of an IntegrityError where a row is there already.
    """
    filled = [part for part in parts if part[1]]
    if not filled:
        return
    insert = _into_sqlite if database.engine.dialect.name == "sqlite" else _into_postgresql
    try:
        insert(database, filled)
    except ConnectionLost:  # Rows that are there after all are in the way of those of now.
        insert(database, filled)


def insert_within(connection: Connection, parts: Sequence[Part]) -> None:
    """Insert all rows as a part of a transaction; raises an IntegrityError of SQLAlchemy's."""
    filled = [part for part in parts if part[1]]
    if connection.dialect.name == "sqlite":
        for text, rows in _statements(filled):
            connection.exec_driver_sql(text, rows)
    elif filled:
        text, rows_of_each = _statement(filled, connection.dialect)
        connection.exec_driver_sql(text, rows_of_each)


def _into_sqlite(database: Database, parts: Sequence[Part]) -> None:
    made = _statements(parts)
    with database.driver() as connection:
        connection.execute("BEGIN IMMEDIATE")
        for text, rows in made:
            connection.executemany(text, rows)
        connection.commit()


def _into_postgresql(database: Database, parts: Sequence[Part]) -> None:
    text, rows_of_each = _statement(parts, database.engine.dialect)
    with database.driver() as connection:
        connection.autocommit = True
        try:
            connection.execute(text, rows_of_each)
        finally:
            if not connection.closed:
                connection.autocommit = False


def _statements(parts: Sequence[Part]) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Return SQLite's statement for each part, and the values of its rows."""
    return [
        (_one_row(table, tuple(rows[0])), [tuple(map(_plain, row.values())) for row in rows])
        for table, rows in parts
    ]


def _statement(parts: Sequence[Part], dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """Return PostgreSQL's one statement for all parts, and the rows of each as JSON."""
    shape = tuple((table, tuple(rows[0])) for table, rows in parts)
    texts = (orjson.dumps(rows, default=_bytes_text).decode() for _, rows in parts)
    return _all_rows(shape, dialect), tuple(texts)


def _bytes_text(value: bytes) -> str:
    """Return bytes as PostgreSQL reads them (its manual, section 8.4.1)."""
    return rf"\x{value.hex()}"


def _plain(value: object) -> object:
    """Return a value as SQLite has it: moments as the type ``UtcTime`` writes them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


@cache
def _one_row(table: Table, names: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of ours


@cache
def _all_rows(shape: tuple[tuple[Table, tuple[str, ...]], ...], dialect: Dialect) -> str:
    """Return one statement that inserts into each table the rows of a JSON text."""
    inserts = [
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608 - names of ours
        "SELECT * FROM json_to_recordset(%s::json) "
        f"AS row({', '.join(_typed(table, name, dialect) for name in names)})"
        for table, names in shape
    ]
    *others, last = inserts
    before = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {before} {last}" if before else last


def _typed(table: Table, name: str, dialect: Dialect) -> str:
    kind: Any = table.c[name].type
    # One of a limited length would cut a longer text off.
    return f"{name} {'text' if isinstance(kind, String) else kind.compile(dialect)}"
