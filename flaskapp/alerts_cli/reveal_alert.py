"""``flask alerts reveal``: the payload of one alert, values and all; the history says who asked."""

import getpass
import json
import os

import click
from flask.cli import with_appcontext

from alerting.errors import AlertNotFound
from alerting.records.revealing import NothingToReveal
from flaskapp.alerts_cli.show_alert import whole_id
from flaskapp.database_fault import database_told
from flaskapp.services import services
from tasks.errors import SealBroken


@click.command("reveal", short_help="Show the payload of one alert, values and all.")
@click.argument("alert_id", metavar="ID")
@with_appcontext
def reveal(alert_id: str) -> None:
    """Show the payload of the alert ID with the values that were found in it, as JSON.

    That it was shown stands in the alert's history, with the name of the account that asked.
    """
    gate = services()
    with database_told():
        try:
            payload = gate.reveal(whole_id(gate.records, alert_id), who=_who())
        except (AlertNotFound, NothingToReveal, SealBroken) as error:
            raise click.ClickException(str(error)) from None
    click.echo(json.dumps(payload, ensure_ascii=False, indent=2))


def _who() -> str:
    """Return who asks: the account, or its number where it has no name, as in some containers."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    return f"command line: {name}"
