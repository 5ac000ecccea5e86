"""Writes new records. Knows the tables.

Alerts are new but for those that a job is handed twice, and each has a number of its own but for
those of one microsecond. So all are inserted as if both were certain, which takes half the time;
where the database objects, it is done again with care.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from alerting.errors import DatabaseUnavailable
from alerting.records.bulk import Part, insert_all, insert_within
from alerting.records.database import Database
from alerting.records.dialect import insert_into, one_at_a_time
from alerting.records.incidents import join
from alerting.records.record import Record
from alerting.records.rows import columns, digest_rows, kind_rows
from alerting.records.severity import Rules
from alerting.records.tables import alerts, digests, kinds

_TRIES = 5
_PARTS = ((kinds, kind_rows), (digests, digest_rows))


def add(database: Database, records: Iterable[Record]) -> None:
    """Keep the records, those that are kept already excepted; raises DatabaseUnavailable."""
    by_id = {record.alert.id: record for record in records}
    if not by_id or _add_new(database, by_id.values()):
        return
    for salt in range(_TRIES):
        if _add_with_care(database, by_id, salt=salt, is_last=salt == _TRIES - 1):
            return


def add_grouped(
    connection: Connection, records: Iterable[Record], *, window: timedelta, rules: Rules
) -> list[int]:
    """Insert records as if all were new, in their incidents; return the numbers of these.

    A row that gets its incident later is written twice, and looked up in all of its indexes.
    """
    one_at_a_time(connection)
    new = sorted(((columns(one), one) for one in records), key=lambda pair: pair[0]["number"])
    rows = [row for row, _ in new]
    seen = [SimpleNamespace(**row) for row in rows]
    joined = join(connection, seen, window=window, rules=rules)
    for row, incident in zip(rows, joined, strict=True):
        row["incident"] = incident
    insert_within(connection, _parts(rows, [record for _, record in new]))
    return list(dict.fromkeys(joined))


def _add_new(database: Database, records: Collection[Record]) -> bool:
    """Insert records as if all were new; return whether they were."""
    try:
        insert_all(database, _parts([columns(record) for record in records], records))
    except DatabaseUnavailable as error:
        if not isinstance(error.__cause__, IntegrityError):
            raise
        return False
    return True


def _parts(rows: Sequence[dict[str, Any]], records: Iterable[Record]) -> list[Part]:
    """Return the new rows of all tables, given those of the alerts."""
    numbered = [(row["number"], record) for row, record in zip(rows, records, strict=True)]
    others = ((table, [row for one in numbered for row in of(*one)]) for table, of in _PARTS)
    return [(alerts, rows), *others]


def _add_with_care(
    database: Database, by_id: Mapping[str, Record], *, salt: int, is_last: bool
) -> bool:
    """Insert the records that are new; return whether no two numbers were in each other's way."""
    try:
        with database.writing() as connection:
            _add(connection, by_id, salt=salt)
    except DatabaseUnavailable as error:
        if not isinstance(error.__cause__, IntegrityError) or is_last:
            raise
        return False
    return True


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
