"""The tables of the database of alerts. Knows how they are laid out, not what is asked of them.

A change here needs a migration in ``alerting/records/migrations``; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
)

# SQLite counts rows by a column of exactly this type.
_Number = BigInteger().with_variant(Integer, "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An aware moment, in UTC; SQLite knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the moment as the database takes it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as Python has it."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

incidents = Table(
    "incidents",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("likeness", String(64), nullable=False),
    Column("caller", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("pointers", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("last_seen", UtcTime, nullable=False),
    Column("count", Integer, nullable=False),
    # How many of its alerts nobody has taken up yet.
    Column("open", Integer, nullable=False),
    # Grows with everything that is done with one of its alerts.
    Column("version", Integer, nullable=False, server_default="1"),
    Index(None, "likeness", "last_seen"),
    Index(None, "last_seen"),
)

alerts = Table(
    "alerts",
    metadata,
    # Grows with the time of recording, so it cuts pages and spans of time: see numbers.py.
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("recorded_at", UtcTime, nullable=False),
    Column("caller", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("job_id", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("is_partial", Boolean, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("findings", Text, nullable=False),
    # In the order of the findings; alert_digests finds the alerts of one.
    Column("digests", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("incident", ForeignKey(incidents.c.number)),
    Index(None, "job_id"),
    Index(None, "request_id"),
    Index(None, "incident", "number"),
    # Filters are looked up in them: see lookup.py.
    Index(None, "state", "severity", "number"),
    Index(None, "caller", "state", "severity", "number"),
    Index(None, "task", "state", "severity", "number"),
    Index(None, "caller", "task", "state", "severity", "number"),
)

kinds = Table(
    "alert_kinds",
    metadata,
    Column("alert", ForeignKey(alerts.c.number, ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    # What the alert has too, as one index cannot be over two tables.
    Column("caller", Text, nullable=False),
    Column("task", Text, nullable=False),
    Column("severity", SmallInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Index(None, "kind", "state", "severity", "alert"),
    Index(None, "kind", "caller", "state", "severity", "alert"),
    Index(None, "kind", "task", "state", "severity", "alert"),
    sqlite_with_rowid=False,
)

counts = Table(
    "alert_counts",
    metadata,
    Column("span", String(5), primary_key=True),
    Column("dimension", String(10), primary_key=True),
    Column("start", UtcTime, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("count", Integer, nullable=False),
)

digests = Table(
    "alert_digests",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("alert", ForeignKey(alerts.c.number, ondelete="CASCADE"), primary_key=True),
    Index(None, "alert"),
)

events = Table(
    "alert_events",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("alert", ForeignKey(alerts.c.number, ondelete="CASCADE"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "alert", "number"),
)

tellings = Table(
    "alert_tellings",
    metadata,
    Column("incident", ForeignKey(incidents.c.number, ondelete="CASCADE"), primary_key=True),
    Column("sink", String(64), primary_key=True),
    # When the sink is to be told; without it there is nothing that it was not asked to tell.
    Column("due_at", UtcTime),
    Column("not_before", UtcTime, nullable=False),
    # The job that tells, until it has, and since when.
    Column("job_id", String(36)),
    Column("asked_at", UtcTime),
    # How many alerts of the incident the sink knows of, and since when.
    Column("told", Integer, nullable=False),
    Column("told_at", UtcTime),
    Index(None, "due_at"),
    Index(None, "job_id"),
)
