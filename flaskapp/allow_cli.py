"""``flask allow-value``: the digest of a value for ``ALLOW_VALUES``. Knows no HTTP."""

import sys

import click
from flask import Flask
from flask.cli import with_appcontext

from alerting.detector import recognizers, scan_text
from alerting.pseudonym import allow_digest
from alerting.scanner import pseudonym_key
from flaskapp.services import services


def register(app: Flask) -> None:
    """Add the command to ``flask``."""
    app.cli.add_command(allow_value)


def _known(_context: click.Context, _option: click.Parameter, kind: str | None) -> str | None:
    if kind is not None and kind not in recognizers():
        raise click.BadParameter("there are: " + ", ".join(recognizers()))
    return kind


@click.command("allow-value")
@click.option(
    "--kind", callback=_known, help="What the value is; without it the value is recognised."
)
@with_appcontext
def allow_value(kind: str | None) -> None:
    """Print the digest of a value that may be in payloads, for ALLOW_VALUES.

    The value is read from a prompt that does not show it, or from standard input.
    """
    value = (_ask() if sys.stdin.isatty() else sys.stdin.read()).strip()
    if not value:
        raise click.ClickException("there is no value")
    kind = kind or _recognised(value)
    click.echo(allow_digest(pseudonym_key(services().settings), kind, value))
    click.echo(f"Kind {kind}. Add the digest to ALLOW_VALUES and start anew.", err=True)


def _ask() -> str:
    answer: str = click.prompt("Value", hide_input=True, err=True)
    return answer


def _recognised(value: str) -> str:
    """Return the kind of a value that is found in it from its first character to its last."""
    findings = scan_text(value)
    if [(one.start, one.end) for one in findings] != [(0, len(value))]:
        raise click.ClickException("that is not recognised as one value; say what it is: --kind")
    return findings[0].kind
