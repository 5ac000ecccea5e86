"""The options that say which alerts a command is about: the parameters of ``GET /alerts``."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from alerting.records.record import Filter
from flaskapp import alert_filter
from flaskapp.problems import Problem

_HELP = {
    "kind": "A kind that was found, as in email.",
    "severity": "low, medium, high or critical.",
    "state": "open, acknowledged or resolved.",
    "caller": "Who sent the payload.",
    "task": "What the payload was for.",
    "incident": "Alerts of the incident with this id.",
    "since": "Recorded at or after this time; UTC unless it has an offset.",
    "until": "Recorded before this time.",
    "text": "A text in ids, caller, task or excerpt.",
}


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each part of a filter."""
    for name, about in reversed(_HELP.items()):
        command = click.option(f"--{name}", help=about)(command)
    return command


def filter_of(options: Mapping[str, str | None]) -> Filter:
    """Return the filter of those options; a wrong one is an error of usage."""
    with usage_told():
        return alert_filter.wanted(given(options))


def given(options: Mapping[str, str | None]) -> dict[str, str]:
    """Return the options that were given."""
    return {name: text for name, text in options.items() if text is not None}


@contextmanager
def usage_told() -> Iterator[None]:
    """Turn what is wrong with a parameter into what is wrong with its option."""
    try:
        yield
    except Problem as problem:
        option = f"--{problem.members['parameter']}"
        raise click.BadParameter(problem.detail, param_hint=option) from None
