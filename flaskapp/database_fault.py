"""What goes wrong with the database of alerts, told to the operator. Knows no command."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from alerting.errors import DatabaseUnavailable


@contextmanager
def database_told() -> Iterator[None]:
    """Turn what goes wrong with the database into one line and exit status 1."""
    try:
        yield
    except DatabaseUnavailable as error:
        message = f"{error} {error.reason}"
        raise click.ClickException(message) from None
