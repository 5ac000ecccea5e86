"""The table: aligned, within the terminal, and safe to show."""

from pathlib import Path

import pytest

from flaskapp.scan_outputs import table
from tests.flaskapp.scan_outputs.surveys import EMAIL, PHONE, survey_of


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_findings_stand_below_their_file() -> None:
    """Each file is a block with columns of its own."""
    found = survey_of(
        Path(), a__csv=f"id,mail\n1,{EMAIL}\n", b__json=f'{{"a": "x {PHONE}", "b": "{EMAIL}"}}'
    )
    assert table.render(found, found.findings, width=80).splitlines() == [
        "a.csv",
        "  2:3  email  0.95  t***@e***.com  mail",
        "",
        "b.json",
        "  1:10  phone  0.90  ***67          /a",
        "  1:32  email  0.95  t***@e***.com  /b",
    ]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_fit_into_the_terminal(width: int) -> None:
    """A long pointer loses its middle, never its end; without a terminal it stays whole."""
    name = "a_rather_long_name" * 8
    found = survey_of(Path(), a__json=f'{{"{name}": {{"mail": "{EMAIL}"}}}}')
    line = table.render(found, found.findings, width=width).splitlines()[1]
    assert len(line) == width
    assert "…" in line
    assert line.endswith("name/mail")
    assert f"/{name}/mail" in table.render(found, found.findings, width=None)


def test_nothing_steers_the_terminal() -> None:
    """Escape sequences, line breaks and half characters in names are shown as escapes."""
    content = f'{{"\\u001b[2J\\n\\ud800\\u202e": "{EMAIL}"}}'
    found = survey_of(Path(), **{"a\x1b]0;x__json": content})
    shown = table.render(found, found.findings, width=None)
    assert "\\x1b]0;x.json" in shown
    assert "/\\x1b[2J\\n\\ud800\\u202e" in shown
    assert all(one.isprintable() for one in shown.replace("\n", ""))


def test_nothing_found_is_nothing_shown() -> None:
    """Without findings there is no table."""
    assert table.render(survey_of(Path()), [], width=80) == ""
