"""``flask allow-value``: the digest of a value for ``ALLOW_VALUES``. Knows no HTTP."""

import click
from flask import Flask
from flask.cli import with_appcontext

from alerting.pseudonym import allow_digest
from alerting.scanner import pseudonym_key
from flaskapp.services import services
from flaskapp.value_prompt import ask, kind_option


def register(app: Flask) -> None:
    """Add the command to ``flask``."""
    app.cli.add_command(allow_value)


@click.command("allow-value")
@kind_option
@with_appcontext
def allow_value(kind: str | None) -> None:
    """Print the digest of a value that may be in payloads, for ALLOW_VALUES.

    The value is read from a prompt that does not show it, or from standard input.
    """
    kind, value = ask(kind)
    click.echo(allow_digest(pseudonym_key(services().settings), kind, value))
    click.echo(f"Kind {kind}. Add the digest to ALLOW_VALUES and start anew.", err=True)
