"""``flask keys``: list and rotate what seals payloads and results. Knows no HTTP, shows no key."""

import click
from flask import Flask
from flask.cli import AppGroup

from alerting.errors import InvalidSettings
from flaskapp.services import services
from tasks.payload_keys import open_keys, rotate_keys

keys = AppGroup("keys", help="List and rotate the keys of payloads and results in Redis.")


def register(app: Flask) -> None:
    """Add the commands to ``flask``."""
    app.cli.add_command(keys)


@keys.command("list")
def list_() -> None:
    """List the ids of the keys; the first one seals, all of them open."""
    first, *others = open_keys(services().settings).ids
    click.echo(f"{first}  seals and opens")
    for one in others:
        click.echo(f"{one}  opens")


@keys.command()
def rotate() -> None:
    """Make a new key that seals from now on; the keys before it still open.

    Running processes open what it sealed at once, and seal with it after a restart at the latest.
    """
    settings = services().settings
    if settings.payload_keys is not None:
        raise click.ClickException(
            "the keys are those of PAYLOAD_KEYS: make one with `openssl rand -hex 32`, put it last "
            "on all machines, and then first"
        )
    try:
        rotate_keys()
    except (InvalidSettings, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Key {open_keys(settings).ids[0]} seals from now on.", err=True)
