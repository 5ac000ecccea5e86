"""``flask alerts prune``: delete the alerts and reports that are too old or too many."""

import logging
import re
from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext

from alerting import log
from alerting.report_files import prune_reports
from flaskapp.database_fault import database_told
from flaskapp.services import services
from flaskapp.wording import number

_logger = logging.getLogger(__name__)


def _moment(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    """Return the moment so many days ago."""
    if text is None:
        return None
    days = re.fullmatch(r"([0-9]+)d", text)
    try:
        if days:
            return datetime.now(UTC) - timedelta(days=int(days[1]))
    except OverflowError:
        pass
    raise click.BadParameter("use days, as in 90d")


@click.command("prune")
@click.option(
    "before", "--older-than", metavar="90d", callback=_moment, help="Delete what is older."
)
@click.option(
    "--keep", metavar="N", type=click.IntRange(min=0), help="Delete all but the newest N."
)
@with_appcontext
def prune(*, before: datetime | None, keep: int | None) -> None:
    """Delete old alerts, and old reports in ERROR_REPORTS.

    Reports count by themselves, their age being that in their names. A file that is no report is
    never deleted.
    """
    if before is None and keep is None:
        raise click.UsageError("say what has to go: --older-than 90d, --keep N, or both")
    gate = services()
    with database_told():
        alerts = gate.records.prune(before=before, keep=keep)
    try:
        reports = prune_reports(gate.settings.error_reports, before=before, keep=keep)
    except OSError as error:
        fault = f"{number(alerts, 'alert')} deleted, but not all reports: {error.strerror}"
        raise click.ClickException(fault) from None
    log.event(_logger, "alerts pruned", alerts=alerts, reports=reports)
    click.echo(f"Deleted: {number(alerts, 'alert')}, {number(reports, 'report')}.", err=True)
