"""Writes new records. Knows the tables; knows no transactions."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, insert

from alerting.records.dialect import insert_into
from alerting.records.record import Record
from alerting.records.rows import columns, kind_rows
from alerting.records.tables import alerts, digests, kinds


def add(connection: Connection, by_id: Mapping[str, Record], *, salt: int) -> None:
    """Insert the records that are new; with another salt they get other numbers."""
    if not by_id:
        return
    into = insert_into(connection, alerts).on_conflict_do_nothing(index_elements=["id"])
    rows = [columns(record, salt=salt) for record in by_id.values()]
    added = connection.execute(into.returning(alerts.c.id, alerts.c.number), rows)
    new = [(row.number, by_id[row.id]) for row in added]
    _insert(connection, kinds, [row for one in new for row in kind_rows(*one)])
    told = [(number, digest) for number, record in new for digest in {*record.digests}]
    _insert(connection, digests, [{"alert": number, "digest": digest} for number, digest in told])


def _insert(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
