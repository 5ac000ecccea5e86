"""docs/alerts-cli.md names every command and option that there is, and none besides."""

import re
from pathlib import Path

import click

from flaskapp.alerts_cli import alerts

DOCS = (Path(__file__).parents[3] / "docs" / "alerts-cli.md").read_text(encoding="utf-8")


def test_every_command_is_documented() -> None:
    """The table has a row for each command."""
    assert set(re.findall(r"^\| `flask alerts (\w+)", DOCS, re.MULTILINE)) == set(alerts.commands)


def test_every_option_is_documented() -> None:
    """Each option of each command is named, and each that is named is one."""
    options = {
        option.opts[-1]
        for command in alerts.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
    }
    assert len(options) >= 16
    assert set(re.findall(r"--[a-z][a-z-]+", DOCS)) == options | {"--app"}
