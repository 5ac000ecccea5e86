"""``flask scan`` as its user sees it."""

import json
import os
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner

from flaskapp import create_app
from flaskapp.settings import WebSettings

EMAIL = "test@example.com"
PHONE = "+380961234567"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the gateway of an empty home: no token, no log file, and no Redis anywhere."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    monkeypatch.setenv("LOG_FILE", "-")
    return create_app(WebSettings.load())


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with two files that hold something and one that does not."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "a.txt").write_text(f"mail {EMAIL}\n")
    (folder / "b.json").write_text(f'{{"phone": "{PHONE}", "to": "call 781 5991"}}\n')
    (folder / "c.txt").write_text("nothing\n")
    monkeypatch.chdir(folder)
    return folder


def scan(runner: FlaskCliRunner, *args: str, stdin: str | None = None) -> Result:
    """Run the command; what it prints never holds a value."""
    result = runner.invoke(args=["scan", *args], input=stdin)
    assert EMAIL not in result.output
    assert PHONE not in result.output
    return result


def kinds(result: Result) -> list[str]:
    """Return the kinds that a JSON output reports."""
    return [one["kind"] for one in json.loads(result.stdout)["findings"]]


def test_findings_are_shown_and_end_in_status_1(runner: FlaskCliRunner, data: Path) -> None:
    """The table stands alone on standard output, what was done on standard error."""
    result = scan(runner, ".")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "a.txt",
        "  1:6  email  0.95  t***@e***.com",
        "",
        "b.json",
        "  1:12  phone  0.90  ***67  /phone",
        "  1:40  phone  0.60  ***91  /to",
    ]
    assert result.stderr == "3 findings in 2 of 3 files: 2 phone, 1 email.\n"


def test_nothing_found_is_status_0(runner: FlaskCliRunner, data: Path) -> None:
    """Silence on standard output means that there is nothing."""
    result = scan(runner, "c.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing found in 1 file.\n"


def test_standard_input_is_a_file(runner: FlaskCliRunner, data: Path) -> None:
    """`-` reads standard input, its format told by its beginning."""
    result = scan(runner, "-", "--format", "json", stdin=f'{{"a": "{EMAIL}"}}')
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert (finding["path"], finding["pointer"]) == ("<stdin>", "/a")


def test_standard_input_that_is_no_text_is_counted(runner: FlaskCliRunner, data: Path) -> None:
    """What is piped in is treated like a file."""
    result = scan(runner, "-", stdin="\0")
    assert result.exit_code == 0
    assert result.stderr == "Nothing found in 0 files. Skipped: 1 binary.\n"


def test_a_file_called_like_standard_input_is_a_file(runner: FlaskCliRunner, data: Path) -> None:
    """A folder cannot make the command wait for input."""
    (data / "-").write_text(EMAIL)
    for path in (".", "./-"):
        assert "email" in scan(runner, path, "--exclude", "*.*", stdin="nothing").stdout


def test_kinds_and_confidence_choose_what_is_reported(runner: FlaskCliRunner, data: Path) -> None:
    """Only what was asked for is reported, and counts for the exit status."""
    form = ("--format", "json")
    assert kinds(scan(runner, ".", "--kinds", "email", *form)) == ["email"]
    assert kinds(scan(runner, ".", "--kinds", "email, phone", *form)) == ["email", "phone", "phone"]
    assert kinds(scan(runner, ".", "--min-confidence", "0.8", *form)) == ["email", "phone"]
    assert scan(runner, ".", "--kinds", "iban").exit_code == 0
    assert scan(runner, "b.json", "--min-confidence", "0.99").exit_code == 0


def test_numbers_of_configured_regions_are_reported(
    data: Path, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number of a configured country is found in a file as it is in a payload."""
    (data / "c.txt").write_text("Kontakt: 22 621 02 51 w biurze\n")
    assert scan(app.test_cli_runner(), "c.txt").exit_code == 0

    monkeypatch.setenv("DETECT_REGIONS", "PL")
    there = create_app(WebSettings.load()).test_cli_runner()
    assert kinds(scan(there, "c.txt", "--format", "json")) == ["phone"]


def test_names_are_masked_whatever_is_reported(runner: FlaskCliRunner, data: Path) -> None:
    """A name that is personal data of another kind does not stand in a pointer."""
    (data / "d.json").write_text(f'{{"{EMAIL}": "{PHONE}"}}')
    result = scan(runner, "d.json", "--kinds", "phone")
    assert "/<email>" in result.stdout


def test_excluded_files_are_not_scanned(runner: FlaskCliRunner, data: Path) -> None:
    """Every pattern counts."""
    assert scan(runner, ".", "--exclude", "a.*", "--exclude", "*.json").exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "Missing argument 'PATH...'"),
        (["gone"], "Path 'gone' does not exist"),
        ([".", "--kinds", "telegraph"], "No recognizer for telegraph; there are api_key, card"),
        ([".", "--kinds", ""], "No recognizer for"),
        ([".", "--min-confidence", "0.1"], "not in the range"),
        ([".", "--format", "xml"], "'xml' is not one of"),
        ([".", "--write-baseline"], "--write-baseline needs --baseline FILE"),
        ([".", "--baseline", "gone.json"], "--baseline gone.json: No such file or directory"),
        ([".", "--baseline", "c.txt"], "--baseline c.txt: The file is no baseline"),
        ([".", "--output", "gone/x"], "--output gone/x: No such file or directory"),
        ([".", "--baseline", "gone/x", "--write-baseline"], "--baseline gone/x: No such file"),
    ],
)
def test_what_is_asked_wrongly_is_status_2(
    runner: FlaskCliRunner, data: Path, args: list[str], message: str
) -> None:
    """A wrong option is explained, and is not taken for findings."""
    result = scan(runner, *args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_named_file_that_cannot_be_read_is_status_2(runner: FlaskCliRunner, data: Path) -> None:
    """A pipe that nobody writes to ends the command at once; the rest is reported."""
    os.mkfifo(data / "pipe")
    result = scan(runner, "pipe", "a.txt")
    assert result.exit_code == 2
    assert "a.txt" in result.stdout
    assert "Not scanned: pipe: not a regular file; pipe it into -" in result.stderr


def test_what_cannot_be_scanned_in_a_folder_is_counted(runner: FlaskCliRunner, data: Path) -> None:
    """Binary files are counted, others are named too; the status is that of the findings."""
    os.mkfifo(data / "pipe")
    (data / "x.bin").write_bytes(b"\0")
    result = scan(runner, ".", "--kinds", "iban")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "Not scanned: pipe: not a regular file; pipe it into -",
        "Nothing found in 3 files. Skipped: 1 special, 1 binary.",
    ]


def test_output_goes_to_a_file(runner: FlaskCliRunner, data: Path) -> None:
    """The file holds what standard output would; a second scan does not scan it."""
    for _ in range(2):
        result = scan(runner, ".", "--format", "sarif", "--output", "out.sarif")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "of 3 files" in result.stderr
    assert len(json.loads((data / "out.sarif").read_text())["runs"][0]["results"]) == 3


def test_half_characters_can_be_written(runner: FlaskCliRunner, data: Path) -> None:
    """A name that no encoding can hold comes out as the escape it was."""
    (data / "d.json").write_text(f'{{"\\ud800": "{EMAIL}"}}')
    (finding,) = json.loads(scan(runner, "d.json", "--format", "json").stdout)["findings"]
    assert finding["pointer"] == "/\ud800"


def test_names_that_are_no_text_can_be_written(runner: FlaskCliRunner, data: Path) -> None:
    """A file name of any bytes is reported in every format, and known to the baseline."""
    Path(os.fsdecode(b"\xff\x1b.txt")).write_text(f"odd {EMAIL}")
    for form in ("table", "json", "sarif"):
        assert scan(runner, ".", "--exclude", "[abc].*", "--format", form).exit_code == 1
    base = ("--baseline", "base.json")
    scan(runner, ".", *base, "--write-baseline")
    assert scan(runner, ".", *base).exit_code == 0


def test_a_baseline_hides_what_is_known(runner: FlaskCliRunner, data: Path) -> None:
    """First everything is written down; then only what is new is reported."""
    base = ("--baseline", "base.json")
    written = scan(runner, ".", *base, "--write-baseline")
    assert written.exit_code == 0
    assert written.stderr.splitlines() == [
        "The baseline base.json holds 3 findings.",
        "Nothing new found in 3 files. In the baseline: 3 findings.",
    ]

    (data / "a.txt").write_text(f"a new line\n\nmail {EMAIL}\nanother {EMAIL}\n")
    result = scan(runner, str(data), *base, "--format", "json")
    assert result.exit_code == 1
    assert [one["line"] for one in json.loads(result.stdout)["findings"]] == [4]
    assert "In the baseline: 3 findings." in result.stderr


def test_a_baseline_of_some_kinds_keeps_the_others(runner: FlaskCliRunner, data: Path) -> None:
    """An update by a smaller scan forgets nothing that it did not look at."""
    base = ("--baseline", "base.json")
    scan(runner, ".", *base, "--write-baseline")
    scan(runner, "c.txt", *base, "--write-baseline")
    scan(runner, ".", "--kinds", "email", *base, "--write-baseline")
    assert scan(runner, ".", *base).exit_code == 0


def test_help_shows_the_command(runner: FlaskCliRunner) -> None:
    """The command stands in the list, and explains its exit statuses."""
    assert "scan" in runner.invoke(args=["--help"]).output
    assert "Exit status" in scan(runner, "--help").output
