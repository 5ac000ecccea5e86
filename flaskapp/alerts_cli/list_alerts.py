"""``flask alerts list``: the newest alerts of a filter."""

import shutil
import sys

import click
from flask.cli import with_appcontext

from alerting.records.record import Filter, Record
from alerting.records.store import RecordStore
from flaskapp import alert_filter
from flaskapp.alert_exports import EXPORTS
from flaskapp.alerts_cli.filter_options import filter_of, filter_options, given, usage_told
from flaskapp.alerts_cli.layout import table
from flaskapp.database_fault import database_told
from flaskapp.services import services

_SHOWN, _MOST = 20, 500


@click.command("list", short_help="List the newest alerts.")
@filter_options
@click.option("--limit", metavar="N", help=f"Most alerts to list; {_SHOWN} without.")
@click.option("as_json", "--json", is_flag=True, help="Print a line of JSON for each alert.")
@with_appcontext
def list_(*, limit: str | None, as_json: bool, **options: str | None) -> None:
    """List the newest alerts, in local time; the options narrow them down."""
    wanted = filter_of(options)
    with usage_told():
        most = alert_filter.limit(given({"limit": limit}), default=_SHOWN, most=_MOST)
    with database_told():
        records, has_more = _newest(services().records, wanted, most=most)
    if as_json:
        click.echo("".join(EXPORTS["ndjson"].lines(records)), nl=False)
    elif records:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        click.echo("\n".join(table(records, width=width)))
    else:
        click.echo("There is no such alert.", err=True)
    if has_more:
        click.echo("There are more: see --limit and --until.", err=True)


def _newest(store: RecordStore, wanted: Filter, *, most: int) -> tuple[list[Record], bool]:
    """Return the newest alerts, and whether there are more; a page may hold fewer than it could."""
    records: list[Record] = []
    before = None
    while True:
        page = store.page(wanted, before=before, limit=most - len(records))
        records += page.records
        before = page.next
        if before is None or len(records) == most:
            return records, before is not None
