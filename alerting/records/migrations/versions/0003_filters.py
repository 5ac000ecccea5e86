"""Indexes for every two filters; the kinds of an alert carry what may be filtered with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SINGLE = ("caller", "task", "severity", "state")
_GRADE = ("state", "severity")
_OF_ALERTS: tuple[tuple[str, ...], ...] = ((), ("caller",), ("task",), ("caller", "task"))
_OF_KINDS: tuple[tuple[str, ...], ...] = (("kind",), ("kind", "caller"), ("kind", "task"))


def upgrade() -> None:
    """Make the kinds anew, as neither a key nor a column without a default can be added."""
    op.execute("CREATE TABLE kept_kinds AS SELECT kind, alert FROM alert_kinds")
    op.drop_table("alert_kinds")
    op.create_table(
        "alert_kinds",
        sa.Column("alert", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        *_key("alert", "kind"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO alert_kinds (alert, kind, caller, task, severity, state) "
        "SELECT alert, kind, caller, task, severity, state "
        "FROM kept_kinds JOIN alerts ON alerts.number = kept_kinds.alert"
    )
    op.drop_table("kept_kinds")
    for columns in _OF_KINDS:
        _index("alert_kinds", *columns, *_GRADE, "alert")
    for column in _SINGLE:
        op.drop_index(f"ix_alerts_{column}_number", "alerts")
    for columns in _OF_ALERTS:
        _index("alerts", *columns, *_GRADE, "number")


def downgrade() -> None:
    """Make kinds and indexes as they were."""
    for columns in _OF_ALERTS:
        op.drop_index(f"ix_alerts_{'_'.join((*columns, *_GRADE))}_number", "alerts")
    for column in _SINGLE:
        _index("alerts", column, "number")
    op.execute("CREATE TABLE kept_kinds AS SELECT kind, alert FROM alert_kinds")
    op.drop_table("alert_kinds")
    op.create_table(
        "alert_kinds",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("alert", _NUMBER, nullable=False),
        *_key("kind", "alert"),
    )
    op.execute("INSERT INTO alert_kinds (kind, alert) SELECT kind, alert FROM kept_kinds")
    op.drop_table("kept_kinds")
    _index("alert_kinds", "alert")


def _key(*columns: str) -> tuple[sa.ForeignKeyConstraint, sa.PrimaryKeyConstraint]:
    name = op.f("fk_alert_kinds_alert")
    return (
        sa.ForeignKeyConstraint(["alert"], ["alerts.number"], name=name, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*columns, name=op.f("pk_alert_kinds")),
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
