"""Brings the tables of the database up to date; one file in ``versions`` per change.

Alembic does it, which is imported only then: most starts find the tables up to date.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from alerting.errors import UnknownVersion
from alerting.records.database import Database
from alerting.records.dialect import migrates_alone

HEAD = "0004"
"""The newest version."""

_VERSIONS = "alembic_version"


def upgrade(database: Database, *, version: str = HEAD) -> None:
    """Change the tables to a newer version; raises DatabaseUnavailable."""
    _run("upgrade", database, version)


def downgrade(database: Database, *, version: str) -> None:
    """Change the tables to an older version; ``base`` drops them.

    Raises UnknownVersion, DatabaseUnavailable.
    """
    _run("downgrade", database, version)


def version_of(database: Database) -> str | None:
    """Return the version of the tables, None when there are none; raises DatabaseUnavailable."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_VERSIONS):
            return None
        version: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608 - a name of ours
        return version


def bring_up_to_date(database: Database) -> None:
    """Upgrade the tables unless they are up to date; raises DatabaseUnavailable."""
    if version_of(database) != HEAD:
        upgrade(database)


def _run(command: str, database: Database, version: str) -> None:
    alembic = import_module("alembic.command")
    with database.writing() as connection:
        migrates_alone(connection)
        try:
            getattr(alembic, command)(_config(connection), version)
        except alembic.util.CommandError as error:
            raise UnknownVersion(str(error)) from None


def _config(connection: Connection) -> Any:
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
