"""``flask alerts forget``: delete what is kept about one value, as somebody has asked for.

Knows the value only until it has its digest; neither is shown or logged.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import with_appcontext

from alerting import log
from alerting.detector import recognizers
from alerting.pseudonym import alert_digest
from alerting.report_files import report_files
from alerting.report_search import ReportSearch, Verdict
from alerting.scanner import pseudonym_key
from flaskapp.database_fault import database_told
from flaskapp.services import services
from flaskapp.value_prompt import ask, kind_option
from flaskapp.wording import number

_NAMED = 20
_OUT_OF_REACH = (
    "Not reached: what is in Redis, sealed: payloads and alerts on their way, and results until "
    "RESULT_TTL and FAILURE_TTL; backups. Log and sinks have it masked only."
)
_logger = logging.getLogger(__name__)
Found = dict[Verdict, list[Path]]


@click.command("forget", short_help="Delete what is kept about one value.")
@kind_option
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@with_appcontext
def forget(kind: str | None, *, yes: bool) -> None:
    """Delete the alerts and reports about one value, in whatever form it is written.

    The value is read from a prompt that does not show it, or from standard input. Without a
    terminal nothing is deleted unless --yes is given.
    """
    kind, value = ask(kind)
    key = pseudonym_key(services().settings)
    digest = alert_digest(key, kind, value)
    with database_told():
        alerts = services().records.count_about(digest)
        others = _other_kinds(kind, value=value, key=key)
    found = _search(
        ReportSearch(kind=kind, digest=digest, key=key, regions=services().settings.detect_regions)
    )
    reports = found[Verdict.HOLDS]
    click.echo(
        f"About this {kind}: {number(alerts, 'alert')}, {number(len(reports), 'report')}.", err=True
    )
    _tell(found, others)
    click.echo(_OUT_OF_REACH, err=True)
    if alerts or reports:
        _confirm(is_sure=yes)
        _delete(digest, reports, kind=kind)


def _other_kinds(kind: str, *, value: str, key: str) -> list[str]:
    """Return the other kinds as which the value was found, where words around it said so."""
    store = services().records
    return [
        other
        for other in recognizers()
        if other != kind and store.count_about(alert_digest(key, other, value))
    ]


def _search(search: ReportSearch) -> Found:
    found: Found = {verdict: [] for verdict in Verdict}
    folder = services().settings.error_reports
    try:
        files = report_files(folder)
    except OSError as error:
        message = f"{folder}: {error.strerror}"
        raise click.ClickException(message) from None
    with click.progressbar(
        files, label="Reports", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for _, path in bar:
            found[search.examine(path)].append(path)
    return found


def _tell(found: Found, other_kinds: Sequence[str]) -> None:
    """Name what this run leaves as it is."""
    _name("Masked, so they show no value, and are kept", found[Verdict.MASKED])
    _name("Not readable; look at them yourself", found[Verdict.UNREADABLE])
    for other in other_kinds:
        click.echo(f"It was found as {other} too: run this again with --kind {other}.", err=True)


def _name(about: str, paths: Sequence[Path]) -> None:
    if not paths:
        return
    click.echo(f"{about}:", err=True)
    for path in paths[:_NAMED]:
        click.echo(f"  {path}", err=True)
    if len(paths) > _NAMED:
        click.echo(f"  and {len(paths) - _NAMED} more", err=True)


def _confirm(*, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise click.ClickException("nothing is deleted without --yes")
    click.confirm("Delete them for good?", abort=True, err=True)


def _delete(digest: str, reports: Sequence[Path], *, kind: str) -> None:
    with database_told():
        alerts = services().records.forget(digest)
    kept = [path for path in reports if not _is_deleted(path)]
    gone = len(reports) - len(kept)
    log.event(_logger, "value forgotten", kind=kind, alerts=alerts, reports=gone)
    click.echo(f"Deleted: {number(alerts, 'alert')}, {number(gone, 'report')}.", err=True)
    if kept:
        _name("These could not be deleted", kept)
        raise SystemExit(1)


def _is_deleted(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
