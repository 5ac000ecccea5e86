"""The tables of alerts, their incidents, counts and history."""

import sqlalchemy as sa
from alembic import op

from alerting.records.tables import UtcTime

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_counts",
        sa.Column("span", sa.String(length=5), nullable=False),
        sa.Column("dimension", sa.String(length=10), nullable=False),
        sa.Column("start", UtcTime(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "span", "dimension", "start", "value", name=op.f("pk_alert_counts")
        ),
    )
    op.create_table(
        "incidents",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("likeness", sa.String(length=64), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("pointers", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("first_seen", UtcTime(), nullable=False),
        sa.Column("last_seen", UtcTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_incidents")),
        sa.UniqueConstraint("id", name=op.f("uq_incidents_id")),
    )
    op.create_index(op.f("ix_incidents_last_seen"), "incidents", ["last_seen"])
    op.create_index(op.f("ix_incidents_likeness_last_seen"), "incidents", ["likeness", "last_seen"])
    op.create_table(
        "alerts",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("is_partial", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("incident", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.number"], name=op.f("fk_alerts_incident")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_alerts")),
        sa.UniqueConstraint("id", name=op.f("uq_alerts_id")),
    )
    op.create_index(op.f("ix_alerts_caller_number"), "alerts", ["caller", "number"])
    op.create_index(op.f("ix_alerts_incident_number"), "alerts", ["incident", "number"])
    op.create_index(op.f("ix_alerts_job_id"), "alerts", ["job_id"])
    op.create_index(op.f("ix_alerts_request_id"), "alerts", ["request_id"])
    op.create_index(op.f("ix_alerts_severity_number"), "alerts", ["severity", "number"])
    op.create_index(op.f("ix_alerts_state_number"), "alerts", ["state", "number"])
    op.create_index(op.f("ix_alerts_task_number"), "alerts", ["task", "number"])
    op.create_table(
        "alert_digests",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("alert", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.number"], name=op.f("fk_alert_digests_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "alert", name=op.f("pk_alert_digests")),
    )
    op.create_index(op.f("ix_alert_digests_alert"), "alert_digests", ["alert"])
    op.create_table(
        "alert_events",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("alert", _NUMBER, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.number"], name=op.f("fk_alert_events_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_alert_events")),
    )
    op.create_index(op.f("ix_alert_events_alert_number"), "alert_events", ["alert", "number"])
    op.create_table(
        "alert_kinds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("alert", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.number"], name=op.f("fk_alert_kinds_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "alert", name=op.f("pk_alert_kinds")),
    )
    op.create_index(op.f("ix_alert_kinds_alert"), "alert_kinds", ["alert"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("alert_kinds")
    op.drop_table("alert_events")
    op.drop_table("alert_digests")
    op.drop_table("alerts")
    op.drop_table("incidents")
    op.drop_table("alert_counts")
