"""``flask db``: the tables of the database of alerts. Knows no HTTP and no alert."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup

from alerting.errors import UnknownVersion
from alerting.records import migrations
from flaskapp.database_fault import database_told
from flaskapp.services import services

db = AppGroup("db", help="Bring the database of alerts up to date.")


def register(app: Flask) -> None:
    """Add the commands to ``flask``."""
    app.cli.add_command(db)


@db.command()
def upgrade() -> None:
    """Make or change the tables, so that they are those of this version; keep what is in them."""
    with _told():
        migrations.bring_up_to_date(services().records.database)
    click.echo(f"The database has version {migrations.HEAD}.", err=True)


@db.command()
@click.argument("version")
def downgrade(version: str) -> None:
    """Change the tables back to an older VERSION; `base` drops them and all alerts."""
    with _told():
        migrations.downgrade(services().records.database, version=version)
    click.echo(f"The database has version {version}.", err=True)


@db.command()
def current() -> None:
    """Show the version of the tables; the exit status is 1 when it is not this program's."""
    with _told():
        version = migrations.version_of(services().records.database)
    click.echo(f"{version or 'none'} of {migrations.HEAD}")
    raise SystemExit(version != migrations.HEAD)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what goes wrong into one line for the operator."""
    try:
        with database_told():
            yield
    except UnknownVersion as error:
        raise click.ClickException(str(error)) from None
