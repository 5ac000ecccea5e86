"""The database of alerts: SQLite in a file, or PostgreSQL. Knows its engines, not its tables."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from alerting.errors import DatabaseUnavailable, InvalidSettings

_BUSY_S = 5
_CONNECT_S = 5
_WRITES = "writes"
# PostgreSQL's codes of an unknown table and an unknown column (its manual, appendix A).
_OTHER_TABLES = ("42P01", "42703")


class ConnectionLost(DatabaseUnavailable):
    """The connection to the database was lost; what it was about may have been done."""


class Database:
    """Transactions on one database; connections open with their first use, after any fork."""

    def __init__(self, url: URL, *, prepare: "Callable[[Database], None]") -> None:
        self.engine = _engine(url)
        self._drivers = _engine_of_drivers(self.engine)
        self._driver_error: Any = self.engine.dialect.loaded_dbapi.Error
        self._prepare = prepare
        self._state: Literal["new", "preparing", "ready"] = "new"
        self._getting_ready = threading.RLock()  # What prepares uses the database itself.

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads; raises DatabaseUnavailable."""
        self._get_ready()
        with _available(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed at its end; raises DatabaseUnavailable.

        One at a time writes to SQLite, from the beginning on: two that first read and then both
        wrote could only fail.
        """
        self._get_ready()
        with _available(), self.engine.connect() as connection:
            writer = connection.execution_options(**{_WRITES: True})
            with writer.begin():
                yield writer

    @contextmanager
    def driver(self) -> Iterator[Any]:
        """Give a connection as the driver has it, for statements that SQLAlchemy would slow down.

        What was not committed at the end is undone. Raises DatabaseUnavailable, or ConnectionLost:
        nobody looks beforehand whether the connection is still there, as for all others.
        """
        self._get_ready()
        with _available(), self._translated():
            pooled = self._drivers.raw_connection()
            try:
                yield pooled.dbapi_connection
            except self._driver_error as error:
                if self.engine.dialect.is_disconnect(error, pooled.dbapi_connection, None):
                    pooled.invalidate(error)
                    self._drivers.dispose()
                    raise ConnectionLost(_first_line(error)) from error
                raise
            finally:
                pooled.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what the driver raises into what SQLAlchemy makes of it."""
        try:
            yield
        except self._driver_error as error:
            dialect = self.engine.dialect
            raise DBAPIError.instance(
                None, None, error, self._driver_error, hide_parameters=True, dialect=dialect
            ) from error

    def _get_ready(self) -> None:
        if self._state == "ready":
            return
        with self._getting_ready:
            if self._state != "new":
                return
            self._state = "preparing"
            try:
                self._prepare(self)
                self._state = "ready"
            finally:
                if self._state != "ready":
                    self._state = "new"

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()
        self._drivers.dispose()


def open_database(url: str, *, make_tables: Callable[[Database], None]) -> Database:
    """Return the database of ``DATABASE_URL``; nothing connects yet. Raises InvalidSettings.

    A file of SQLite has nobody who looks after it, so its tables are made before its first use.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidSettings([f"DATABASE_URL: {_WANTED}"]) from None
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg":
        return Database(parsed, prepare=lambda _: None)
    if parsed.drivername != "sqlite" or not parsed.database:
        raise InvalidSettings([f"DATABASE_URL: {_WANTED}"])
    return Database(parsed, prepare=partial(_prepare_file, Path(parsed.database), make_tables))


def _prepare_file(path: Path, make_tables: Callable[[Database], None], database: Database) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise DatabaseUnavailable(error.strerror or type(error).__name__) from error
    make_tables(database)


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


def _engine_of_drivers(engine: Engine) -> Engine:
    """Return the engine for :meth:`Database.driver`; where others ping, one that does not."""
    if engine.dialect.name == "sqlite":
        return engine
    return sqlalchemy.create_engine(
        engine.url, pool_size=1, connect_args={"connect_timeout": _CONNECT_S}
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
    except OperationalError as error:
        raise DatabaseUnavailable(_first_line(error.orig)) from error
    except SQLAlchemyError as error:
        raise DatabaseUnavailable(_reason(error)) from error


def _first_line(error: BaseException | None) -> str:
    return str(error).partition("\n")[0]


def _reason(error: SQLAlchemyError) -> str:
    if getattr(getattr(error, "orig", None), "sqlstate", None) in _OTHER_TABLES:
        return "Its tables are not those of this version: run `flask db upgrade`."
    return type(error).__name__
