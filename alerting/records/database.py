"""The database of alerts: SQLite in a file, or PostgreSQL. Knows its engines, not its tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from alerting.errors import DatabaseUnavailable, InvalidSettings

_BUSY_S = 5
_CONNECT_S = 5
_WRITES = "writes"


class Database:
    """Transactions on one database; connections open with their first use, after any fork."""

    def __init__(self, url: URL) -> None:
        self.engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads; raises DatabaseUnavailable."""
        with _available(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at its end; raises DatabaseUnavailable.

        One at a time writes to SQLite, from the beginning on: two that first read and then both
        wrote could only fail.
        """
        with _available(), self.engine.connect() as connection:
            writer = connection.execution_options(**{_WRITES: True})
            with writer.begin():
                yield writer

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Return the database of ``DATABASE_URL``; nothing connects yet. Raises InvalidSettings."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidSettings([f"DATABASE_URL: {_WANTED}"]) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InvalidSettings([f"DATABASE_URL: {_WANTED}"])
    return Database(parsed)


_WANTED = "write postgresql://user:password@host/name or sqlite:////path/to/file"


def _engine(url: URL) -> Engine:
    if url.drivername == "sqlite":
        engine = sqlalchemy.create_engine(url, connect_args={"timeout": _BUSY_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sqlalchemy.create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_S}
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Let readers and the writer not wait for each other, and a commit survive a power cut."""
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES) else "BEGIN")


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise DatabaseUnavailable from error
