"""docs/scanning.md shows what the command does."""

import re
from pathlib import Path

import click
import pytest
from flask.testing import FlaskCliRunner

from alerting.files.walk import NEVER_ENTERED
from flaskapp.scan_cli import scan

DOCS = (Path(__file__).parents[2] / "docs" / "scanning.md").read_text(encoding="utf-8")


def test_the_example_is_real(
    runner: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the example give the output of the example."""
    folder = tmp_path / "example"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, content in re.findall(
        r"^`(\S+)`\n\n```\w+\n(.*?)^```", DOCS, re.DOTALL | re.MULTILINE
    ):
        (folder / name).write_text(content, encoding="utf-8")

    result = runner.invoke(args=["scan", "."])

    assert len(list(folder.iterdir())) == 3
    for shown in (result.stdout, result.stderr):
        assert f"```\n{shown}```" in DOCS


def test_every_option_is_documented() -> None:
    """The table of options has a row for each."""
    options = [one for one in scan.params if isinstance(one, click.Option)]
    assert len(options) >= 7
    for option in options:
        assert f"| `{option.opts[-1]}" in DOCS


def test_every_folder_that_is_left_out_is_documented() -> None:
    """The list of folders is that of the code."""
    for name in NEVER_ENTERED:
        assert f"`{name}`" in DOCS
