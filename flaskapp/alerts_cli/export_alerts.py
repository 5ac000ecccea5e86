"""``flask alerts export``: all alerts of a filter as lines, those of ``GET /alerts.csv``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext

from alerting.draft import draft_of_pieces
from flaskapp.alert_exports import EXPORTS
from flaskapp.alerts_cli.filter_options import filter_of, filter_options
from flaskapp.database_fault import database_told
from flaskapp.services import services


@click.command("export")
@filter_options
@click.option("form", "--format", type=click.Choice([*EXPORTS]), default="csv", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    help="Write here, not to standard output; the file appears when it is whole.",
)
@with_appcontext
def export(*, form: str, output: Path | None, **options: str | None) -> None:
    """Write all alerts that the options ask for, newest first."""
    wanted = filter_of(options)
    with database_told():
        lines = EXPORTS[form].begun_lines(services().records.every(wanted))
        if output is None:
            _print(lines)
        else:
            _write(lines, output)


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        sys.stdout.buffer.write(line.encode())  # UTF-8 whatever the terminal has
    sys.stdout.buffer.flush()


def _write(lines: Iterator[str], output: Path) -> None:
    if output.exists() and not output.is_file():
        _fail(output, "that is no file; use standard output")
    try:
        with draft_of_pieces(output, lines) as draft:
            draft.replace(output)
    except OSError as error:
        _fail(output, error.strerror or str(error))


def _fail(output: Path, reason: str) -> NoReturn:
    message = f"--output {output}: {reason}"
    raise click.ClickException(message)
