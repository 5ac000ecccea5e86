"""``flask alerts show``: one alert and what was done with it."""

import re

import click
from flask.cli import with_appcontext

from alerting.errors import AlertNotFound
from alerting.records.store import RecordStore
from flaskapp.alerts_cli.layout import details
from flaskapp.database_fault import database_told
from flaskapp.services import services

_FEW = 5
_BEGINNING = re.compile(r"[0-9a-f]{8,32}")


@click.command("show", short_help="Show one alert and what was done about it.")
@click.argument("alert_id", metavar="ID")
@with_appcontext
def show(alert_id: str) -> None:
    """Show the alert ID: what was found where and why, and what was done about it.

    So many of its first digits do, eight or more, as no other alert has. No value is shown.
    """
    store = services().records
    with database_told():
        found = whole_id(store, alert_id)
        try:
            record, history = store.get(found), store.history(found)
        except AlertNotFound as error:  # somebody has just deleted it
            raise click.ClickException(str(error)) from None
    click.echo("\n".join(details(record, history)))


def whole_id(store: RecordStore, text: str) -> str:
    """Return the id of the one alert that begins so; raises ClickException."""
    beginning = text.strip().lower()
    if not _BEGINNING.fullmatch(beginning):
        raise click.BadParameter("write 8 to 32 hexadecimal digits", param_hint="ID")
    ids = store.ids_beginning(beginning, limit=_FEW)
    if not ids:
        raise click.ClickException("There is no such alert.")
    if len(ids) > 1:
        raise click.ClickException("More than one alert begins so:\n" + "\n".join(ids))
    return ids[0]
