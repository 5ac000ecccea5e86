"""One value that a person gives to a command, without a trace of it. Knows no command."""

import sys

import click

from alerting.detector import recognizers, scan_text


def known_kind(_context: click.Context, _option: click.Parameter, kind: str | None) -> str | None:
    """Return the kind of an option, which must be one that is installed."""
    if kind is not None and kind not in recognizers():
        raise click.BadParameter("there are: " + ", ".join(recognizers()))
    return kind


kind_option = click.option(
    "--kind", callback=known_kind, help="What the value is; without it the value is recognised."
)


def ask(kind: str | None) -> tuple[str, str]:
    """Return the kind and the value, from a prompt that does not show it or standard input."""
    value = (_prompt() if sys.stdin.isatty() else sys.stdin.read()).strip()
    if not value:
        raise click.ClickException("there is no value")
    return kind or _recognised(value), value


def _prompt() -> str:
    answer: str = click.prompt("Value", hide_input=True, err=True)
    return answer


def _recognised(value: str) -> str:
    """Return the kind of a value that is found in it from its first character to its last."""
    findings = scan_text(value)
    if [(one.start, one.end) for one in findings] != [(0, len(value))]:
        raise click.ClickException("that is not recognised as one value; say what it is: --kind")
    return findings[0].kind
