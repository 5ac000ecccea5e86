"""Fills databases with alerts, few or a million, to measure how reading them grows."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from alerting.alert import Alert
from alerting.finding import Finding
from alerting.records.record import Record, Severity, State
from alerting.records.store import RecordStore

FEW = 1000
DAYS = 30
_COPY = """
INSERT INTO alerts SELECT number + k * 1024, substr(id, 1, 26) || {hexadecimal}, recorded_at,
    caller, task, job_id || '-' || k, request_id || '-' || k, is_partial, severity, state, version,
    findings, digests, excerpt, sealed, incident FROM alerts CROSS JOIN {series}
"""
_PARTS = {
    "alert_kinds": "alert + k * 1024, kind, caller, task, severity, state",
    "alert_digests": "digest || '-' || k, alert + k * 1024",
}
_SERIES = {
    "sqlite": (
        "(WITH RECURSIVE s(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM s WHERE k < {last}) "
        "SELECT k FROM s) AS series"
    ),
    "postgresql": "(SELECT k FROM generate_series(1, {last}) AS k) AS series",
}
_HEXADECIMAL = {"sqlite": "printf('%06x', k)", "postgresql": "lpad(to_hex(k), 6, '0')"}


def fill(store: RecordStore, *, copies: int) -> None:
    """Keep and group a thousand alerts of the last month, then copy each within its second.

    The copies are made in SQL, as keeping a million alerts one by one would take half an hour.
    """
    records = list(_records())
    store.add(records)
    store.group([record.alert.id for record in records], window=timedelta(hours=1))
    with store.database.writing() as connection:
        dialect = connection.dialect.name
        if copies > 1:
            series = _SERIES[dialect].format(last=copies - 1)
            hexadecimal = _HEXADECIMAL[dialect]
            connection.execute(text(_COPY.format(hexadecimal=hexadecimal, series=series)))
            for table, row in _PARTS.items():
                copy = f"INSERT INTO {table} SELECT {row} FROM {table} CROSS JOIN {series}"
                connection.execute(text(copy))
            for table in ("alert_counts", "incidents"):
                connection.execute(text(f"UPDATE {table} SET count = count * {copies}"))
            connection.execute(text(f"UPDATE incidents SET open = open * {copies}"))
        connection.execute(text("ANALYZE"))


def _records() -> Iterator[Record]:
    """Yield a thousand records; some callers, tasks, kinds, severities and states never meet."""
    chance, now = random.Random(1), datetime.now(UTC)
    for number in range(FEW):
        kind = chance.choice(["email"] * 6 + ["phone"] * 3 + ["iban"])
        caller = chance.randrange(7 if kind == "iban" else 8)
        is_old = caller == 0 or kind == "iban" or number < FEW * 3 // 4
        tasks = [
            "transform",
            *(["redact"] if kind != "iban" else []),
            *(["mask"] if is_old else []),
        ]
        severities = [Severity.HIGH] if kind == "iban" else [Severity.LOW, Severity.MEDIUM]
        alert = Alert(
            id=f"{number:026x}000000",
            recorded_at=now - timedelta(days=DAYS) * (1 - number / FEW),
            findings=(Finding(kind, f"/contact/{chance.randrange(20)}x", 0, 10, 0.9),),
            caller=f"caller-{caller}",
            task=chance.choice(tasks if caller == 7 else [*tasks, "echo"]),
            request_id=f"request-{number}",
            job_id=f"job-{number}",
        )
        yield Record(
            alert=alert,
            severity=chance.choice(severities),
            state=State.RESOLVED if is_old else State.OPEN,
            excerpt='{"contact":"a***@e***.com","name":"Test User"}',
            digests=(f"key:{number}",),
        )
