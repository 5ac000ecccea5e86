"""``flask alerts prune``: delete the alerts and reports that are too old or too many."""

import logging
import re
from datetime import UTC, datetime, timedelta

import click
from flask.cli import with_appcontext

from alerting import log, retention
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
    "before",
    "--older-than",
    metavar="90d",
    callback=_moment,
    help="Delete what is older; ALERT_MAX_AGE without.",
)
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=0),
    help="Delete all but the newest; ALERT_MAX_COUNT without.",
)
@with_appcontext
def prune(*, before: datetime | None, keep: int | None) -> None:
    """Delete old alerts, and old reports in ERROR_REPORTS.

    Without an option ALERT_MAX_AGE and ALERT_MAX_COUNT decide. Reports count by themselves, their
    age being that in their names. A file that is no report is never deleted.
    """
    gate = services()
    settings = gate.settings
    if before is None and keep is None and not (settings.alert_max_age or settings.alert_max_count):
        raise click.UsageError("say what has to go: --older-than 90d, --keep N, or both")
    try:
        with database_told():
            pruned = retention.prune(settings, gate.records, before=before, keep=keep)
    except OSError as error:
        fault = f"the alerts are deleted, but not all reports: {error.strerror}"
        raise click.ClickException(fault) from None
    alerts, reports = pruned.records, pruned.reports
    log.event(_logger, "alerts pruned", alerts=alerts, reports=reports)
    click.echo(f"Deleted: {number(alerts, 'alert')}, {number(reports, 'report')}.", err=True)
