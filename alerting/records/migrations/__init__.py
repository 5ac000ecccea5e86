"""Brings the tables of the database up to date, by Alembic; one file in ``versions`` per change."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from alerting.records.database import Database

HEAD = "0002"
"""The newest version."""


def upgrade(database: Database, *, version: str = HEAD) -> None:
    """Change the tables to a newer version; raises DatabaseUnavailable."""
    with database.writing() as connection:
        command.upgrade(_config(connection), version)


def downgrade(database: Database, *, version: str) -> None:
    """Change the tables to an older version; ``base`` drops them. Raises DatabaseUnavailable."""
    with database.writing() as connection:
        command.downgrade(_config(connection), version)


def version_of(database: Database) -> str | None:
    """Return the version of the tables, None when there are none; raises DatabaseUnavailable."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def bring_up_to_date(database: Database) -> None:
    """Upgrade the tables unless they are up to date; raises DatabaseUnavailable."""
    if version_of(database) != HEAD:
        upgrade(database)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
