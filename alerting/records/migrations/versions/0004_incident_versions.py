"""Incidents count what was done with their alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""
    version = sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    op.add_column("incidents", version)


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("incidents", "version")
