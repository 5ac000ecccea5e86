"""``flask tokens``: make, list and revoke API tokens. Knows no HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from flaskapp.errors import GatewayError
from flaskapp.services import services
from flaskapp.token_file import TokenFile
from flaskapp.token_record import SCOPES, Scope, TokenRecord, digest

tokens = AppGroup("tokens", help="Make, list and revoke API tokens.")


def register(app: Flask) -> None:
    """Add the commands to ``flask``."""
    app.cli.add_command(tokens)


def _expiry(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """Read `90d` or an ISO 8601 date or time; without an offset it is UTC."""
    if text is None:
        return None
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        if days := re.fullmatch(r"(\d+)d", text):
            return now + timedelta(days=int(days[1]))
        expires = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.BadParameter("use days as in 90d, or a date as in 2027-01-31") from None
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    if expires <= now:
        raise click.BadParameter("that is in the past")
    return expires


@tokens.command()
@click.argument("name")
@click.option(
    "scopes",
    "--scope",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What the token opens; give it once for each scope.",
)
@click.option(
    "--expires",
    metavar="TIME",
    callback=_expiry,
    help="When the token ends: 90d, 2027-01-31 or 2027-01-31T18:00:00+02:00.",
)
def create(name: str, scopes: tuple[Scope, ...], expires: datetime | None) -> None:
    """Make a token called NAME and print it, once, alone on standard output."""
    with _editing() as file:
        token = file.create(name, scopes=set(scopes), expires=expires)
    click.echo(token)
    until = "" if expires is None else f" until {expires:%Y-%m-%d %H:%M %Z}"
    click.echo(
        f"Token {name!r} opens {', '.join(sorted(set(scopes)))}{until}. Keep it now: only its "
        f"digest is stored.\nIts entry for API_TOKENS: {name}:{digest(token)}:{','.join(scopes)}"
        f"{'' if expires is None else f':{expires.isoformat()}'}",
        err=True,
    )


@tokens.command("list")
def list_() -> None:
    """List the tokens: name, scopes, when made, when they end, first digits of the digest."""
    rows = [("NAME", "SCOPES", "CREATED", "EXPIRES", "SHA-256")]
    rows += [_row(record) for record in services().tokens.all()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@tokens.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End the token called NAME, and the sessions begun with it, in every process."""
    with _editing() as file:
        file.revoke(name)
    click.echo(f"Token {name!r} is revoked.", err=True)


@contextmanager
def _editing() -> Iterator[TokenFile]:
    settings = services().settings
    if settings.api_tokens is not None:
        raise click.ClickException("the tokens are those of API_TOKENS: edit it, or unset it")
    try:
        yield TokenFile(settings.tokens_file)
    except (GatewayError, OSError) as error:
        raise click.ClickException(str(error)) from None


def _row(record: TokenRecord) -> tuple[str, str, str, str, str]:
    def day(when: datetime | None) -> str:
        return "-" if when is None else f"{when:%Y-%m-%d}"

    expires = f"{day(record.expires)}{' (expired)' if record.is_expired else ''}"
    scopes = ",".join(sorted(record.scopes))
    return record.name, scopes, day(record.created), expires, record.fingerprint[:8]
