"""Writes new records. Knows the tables.

Alerts are new but for those that a job is handed twice, and each has a number of its own but for
those of one microsecond. So all are inserted as if both were certain, which takes half the time;
where the database objects, it is done again with care.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import IntegrityError

from alerting.errors import DatabaseUnavailable
from alerting.records.database import Database
from alerting.records.dialect import insert_into
from alerting.records.record import Record
from alerting.records.rows import columns, digest_rows, kind_rows
from alerting.records.tables import alerts, digests, kinds

_TRIES = 5
_PARTS = ((kinds, kind_rows), (digests, digest_rows))
_Row = Mapping[str, object]


def add(database: Database, records: Iterable[Record]) -> None:
    """Keep the records, those that are kept already excepted; raises DatabaseUnavailable."""
    by_id = {record.alert.id: record for record in records}
    if not by_id or _is_done(database, partial(_add_new, records=by_id.values())):
        return
    for salt in range(_TRIES):
        if _is_done(database, partial(_add, by_id=by_id, salt=salt), is_last=salt == _TRIES - 1):
            return


def _is_done(
    database: Database, insert_all: Callable[[Connection], None], *, is_last: bool = False
) -> bool:
    """Insert in a transaction; return whether no two rows were in each other's way."""
    try:
        with database.writing() as connection:
            insert_all(connection)
    except DatabaseUnavailable as error:
        if not isinstance(error.__cause__, IntegrityError) or is_last:
            raise
        return False
    return True


def _add_new(connection: Connection, records: Collection[Record]) -> None:
    rows = [columns(record) for record in records]
    numbered = [(row["number"], record) for row, record in zip(rows, records, strict=True)]
    _insert_as_is(connection, alerts, rows)
    for table, rows_of in _PARTS:
        _insert_as_is(connection, table, [row for one in numbered for row in rows_of(*one)])


def _add(connection: Connection, by_id: Mapping[str, Record], *, salt: int) -> None:
    """Insert the records that are new; with another salt they get other numbers."""
    into = insert_into(connection, alerts).on_conflict_do_nothing(index_elements=["id"])
    rows = [columns(record, salt=salt) for record in by_id.values()]
    added = connection.execute(into.returning(alerts.c.id, alerts.c.number), rows)
    new = [(row.number, by_id[row.id]) for row in added]
    for table, rows_of in _PARTS:
        made = [row for one in new for row in rows_of(*one)]
        if made:
            connection.execute(insert(table), made)


def _insert_as_is(connection: Connection, table: Table, rows: Sequence[_Row]) -> None:
    """Insert rows that have the same columns.

    SQLAlchemy would look at the statement and at each value anew, every time.
    """
    if rows:
        text, given = _statement(table, connection.dialect, tuple(rows[0]))
        connection.exec_driver_sql(text, [given(row) for row in rows])


@cache
def _statement(
    table: Table, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Callable[[_Row], Any]]:
    """Return the text of an INSERT, and what makes a row what the driver takes."""
    compiled = insert(table).compile(dialect=dialect, column_keys=names)
    converters = {
        name: convert
        for name in names
        if (convert := table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
    }

    def named(row: _Row) -> dict[str, object]:
        given = dict(row)
        for name, convert in converters.items():
            given[name] = convert(given[name])
        return given

    order: list[str] | None = getattr(compiled, "positiontup", None)
    if order is None:
        return str(compiled), named
    return str(compiled), lambda row: tuple(map(named(row).__getitem__, order))
