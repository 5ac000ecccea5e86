"""Who is to be told of which incident, and who was."""

import sqlalchemy as sa
from alembic import op

from alerting.records.tables import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alert_tellings",
        sa.Column("incident", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sink", sa.String(length=64), nullable=False),
        sa.Column("due_at", UtcTime()),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("job_id", sa.String(length=36)),
        sa.Column("asked_at", UtcTime()),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", UtcTime()),
        sa.ForeignKeyConstraint(
            ["incident"],
            ["incidents.number"],
            name=op.f("fk_alert_tellings_incident"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("incident", "sink", name=op.f("pk_alert_tellings")),
    )
    op.create_index(op.f("ix_alert_tellings_due_at"), "alert_tellings", ["due_at"])
    op.create_index(op.f("ix_alert_tellings_job_id"), "alert_tellings", ["job_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("alert_tellings")
