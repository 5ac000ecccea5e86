"""Writes new records. Knows the tables; knows no transactions."""

from collections.abc import Mapping

from sqlalchemy import Connection, Table, insert

from alerting.records.dialect import insert_into
from alerting.records.record import Record
from alerting.records.rows import columns
from alerting.records.tables import alerts, digests, kinds


def add(connection: Connection, by_id: Mapping[str, Record], *, salt: int) -> None:
    """Insert the records that are new; with another salt they get other numbers."""
    if not by_id:
        return
    into = insert_into(connection, alerts).on_conflict_do_nothing(index_elements=["id"])
    rows = [columns(record, salt=salt) for record in by_id.values()]
    added = connection.execute(into.returning(alerts.c.id, alerts.c.number), rows)
    new = [(row.number, by_id[row.id]) for row in added]
    found = [(number, kind) for number, record in new for kind in record.alert.kinds]
    told = [(number, digest) for number, record in new for digest in {*record.digests}]
    _insert(connection, kinds, "kind", found)
    _insert(connection, digests, "digest", told)


def _insert(connection: Connection, table: Table, name: str, values: list[tuple[int, str]]) -> None:
    if values:
        rows = [{"alert": number, name: value} for number, value in values]
        connection.execute(insert(table), rows)
