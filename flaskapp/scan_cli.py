"""``flask scan``: find personal data in files. Knows neither HTTP nor Redis nor tokens."""

import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import with_appcontext

from alerting.detector import recognizers
from alerting.errors import InvalidBaseline, UnknownKind
from alerting.files.baseline import Baseline
from alerting.files.located import FileFinding
from alerting.files.survey import Survey
from alerting.files.walk import find
from alerting.recognizer import THRESHOLD
from flaskapp.scan_outputs import FORMATS
from flaskapp.scan_outputs.printable import printable
from flaskapp.services import services
from flaskapp.wording import number

FOUND, CANNOT_SCAN = 1, 2
"""Exit statuses; 0 when nothing was found. 2 is also that of a wrong option."""


class _CannotScan(click.ClickException):
    """The scan cannot be done as asked."""

    exit_code = CANNOT_SCAN


def register(app: Flask) -> None:
    """Add the command to ``flask``."""
    app.cli.add_command(scan)


def _kinds(_context: click.Context, _option: click.Parameter, text: str | None) -> frozenset[str]:
    """Read `email,phone`; without any it is every kind."""
    known = recognizers()
    if text is None:
        return frozenset(known)
    kinds = [kind.strip() for kind in text.split(",")]
    if unknown := [kind for kind in kinds if kind not in known]:
        raise click.BadParameter(str(UnknownKind(kinds=unknown, known=[*known])))
    return frozenset(kinds)


@click.command(short_help="Find personal data in files and folders.")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, allow_dash=True),
)
@click.option("--kinds", metavar="KIND,...", callback=_kinds, help="Kinds to report; all without.")
@click.option(
    "--min-confidence",
    type=click.FloatRange(THRESHOLD, 1),
    default=THRESHOLD,
    show_default=True,
    help="How sure a finding must be to be reported.",
)
@click.option(
    "--exclude",
    metavar="GLOB",
    multiple=True,
    help="Leave out files and folders of this name or path; give it once for each pattern.",
)
@click.option("form", "--format", type=click.Choice([*FORMATS]), default="table", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here, not to standard output.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Do not report the findings that stand in this file.",
)
@click.option(
    "--write-baseline", is_flag=True, help="First bring the baseline up to date with this scan."
)
@click.pass_context
@with_appcontext
def scan(  # noqa: PLR0913 - click passes each option by name
    context: click.Context,
    *,
    paths: tuple[str, ...],
    kinds: frozenset[str],
    min_confidence: float,
    exclude: tuple[str, ...],
    form: str,
    output: Path | None,
    baseline: Path | None,
    write_baseline: bool,
) -> None:
    """Find personal data in the files at and below PATH; - reads standard input.

    Prints kind, place and a masked excerpt, never a value. Exit status: 0 nothing found, 1
    findings, 2 a wrong option or a PATH that cannot be read.
    """
    if write_baseline and baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE")
    known = _read_baseline(baseline, is_new=write_baseline)
    root = baseline.absolute().parent if baseline else Path.cwd()
    survey = _survey(paths, exclude=exclude, root=root, own=(output, baseline))
    findings = [
        one
        for one in survey.findings
        if one.located.kind in kinds and one.located.confidence >= min_confidence
    ]
    if write_baseline and baseline is not None:
        known = known.updated(findings, subjects=survey.subjects, kinds=kinds, root=root)
        _write_baseline(known, baseline)
    fresh = known.unknown(findings)
    _print(survey, fresh, form=form, output=output)
    _tell(survey, fresh, known=len(findings) - len(fresh))
    if survey.is_incomplete:
        context.exit(CANNOT_SCAN)
    context.exit(FOUND if fresh else 0)


def _read_baseline(path: Path | None, *, is_new: bool) -> Baseline:
    if path is None or (is_new and not path.exists()):
        return Baseline()
    try:
        return Baseline.read(path)
    except (InvalidBaseline, OSError) as error:
        _fail(f"--baseline {path}: {_reason(error)}")


def _write_baseline(baseline: Baseline, path: Path) -> None:
    try:
        baseline.write(path)
    except OSError as error:
        _fail(f"--baseline {path}: {_reason(error)}")
    _say(f"The baseline {path} holds {number(len(baseline.findings), 'finding')}.")


def _survey(
    paths: Sequence[str], *, exclude: Sequence[str], root: Path, own: Sequence[Path | None]
) -> Survey:
    """Scan everything; what this command writes itself is no data."""
    named = [Path(path) for path in paths if path != "-"]
    files, skipped = find(named, exclude=exclude)
    regions = services().settings.detect_regions
    survey = Survey(root=root, named=named, skipped=skipped, regions=regions)
    if "-" in paths:
        survey.add_stream(sys.stdin.buffer)
    written = {path.resolve() for path in own if path is not None}
    with click.progressbar(
        files, label="Scanning", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for path in bar:
            if path.resolve() not in written:
                survey.add(path)
    return survey


def _print(
    survey: Survey, findings: Sequence[FileFinding], *, form: str, output: Path | None
) -> None:
    is_terminal = output is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else None
    content = FORMATS[form](survey, findings, width=width).encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        _fail(f"--output {output}: {_reason(error)}")


def _tell(survey: Survey, findings: Sequence[FileFinding], *, known: int) -> None:
    """Say on standard error what was done, in a few lines."""
    for one in survey.skipped:
        if one.reason != "binary":
            _say(f"Not scanned: {one.path}: {one.detail}")
    _say(_summary(survey, findings, known=known))


def _summary(survey: Survey, findings: Sequence[FileFinding], *, known: int) -> str:
    scanned = number(len(survey.subjects), "file")
    if findings:
        kinds = Counter(one.located.kind for one in findings).most_common()
        files = len({one.path for one in findings})
        line = f"{number(len(findings), 'finding')} in {files} of {scanned}: {_counts(kinds)}."
    else:
        line = f"Nothing {'new ' if known else ''}found in {scanned}."
    if known:
        line += f" In the baseline: {number(known, 'finding')}."
    if skipped := Counter(one.reason for one in survey.skipped):
        line += f" Skipped: {_counts(skipped.items())}."
    return line


def _counts(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted)


def _say(line: str) -> None:
    click.echo(printable(line), err=True)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _fail(message: str) -> NoReturn:
    raise _CannotScan(message)
