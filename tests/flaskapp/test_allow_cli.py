"""``flask allow-value``: from a value to its digest and back into the settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from alerting.pseudonym import allow_digest
from alerting.scanner import open_scanner, pseudonym_key
from flaskapp.settings import WebSettings

ROOT = Path(__file__).parents[2]


def test_the_digest_allows_the_value(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """What the command prints, alone on standard output, is what the setting takes."""
    result = runner.invoke(args=["allow-value"], input=" +38 (067) 123-45-67\n")
    assert result.exit_code == 0
    allowed = settings.model_copy(update={"allow_values": (result.stdout.strip(),)})
    scanner = open_scanner(allowed)
    assert scanner.scan("067 123 45 67") == []
    assert len(scanner.scan("067 123 45 68")) == 1
    assert "Kind phone" in result.stderr
    assert "123" not in result.stderr


def test_a_value_that_needs_words_around_it_is_named_by_its_kind(
    runner: FlaskCliRunner, settings: WebSettings
) -> None:
    """Seven digits are a telephone number only to somebody who says so."""
    unnamed = runner.invoke(args=["allow-value"], input="781 5991\n")
    assert unnamed.exit_code == 1
    assert "--kind" in unnamed.stderr
    named = runner.invoke(args=["allow-value", "--kind", "phone"], input="781 5991\n")
    allowed = settings.model_copy(update={"allow_values": (named.stdout.strip(),)})
    assert open_scanner(allowed).scan("call 781 5991") == []


@pytest.mark.parametrize(
    ("args", "given", "message"),
    [
        ([], "", "no value"),
        ([], "ann@example.com bob@example.com", "not recognised as one value"),
        ([], "mail ann@example.com", "not recognised as one value"),
        (["--kind", "mail"], "ann@example.com", "there are: api_key, "),
    ],
)
def test_what_is_not_one_value_is_refused(
    runner: FlaskCliRunner, args: list[str], given: str, message: str
) -> None:
    """The message says what is wrong and does not repeat what was given."""
    result = runner.invoke(args=["allow-value", *args], input=given)
    assert result.exit_code != 0
    assert message in result.stderr
    assert result.stdout == ""
    assert "ann@" not in result.stderr


def test_a_person_is_asked_and_the_value_is_not_shown(settings: WebSettings) -> None:
    """On a terminal the answer to the prompt leaves no trace but its digest."""
    on_a_terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"
    flask = Path(sys.executable).with_name("flask")
    with subprocess.Popen(
        [sys.executable, "-c", on_a_terminal, flask, "allow-value"],
        env=os.environ | {"PIIGATE_HOME": str(settings.error_reports.parent)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        shown = b""
        while not shown.endswith(b"Value: "):  # by now the terminal has stopped to echo
            read = os.read(process.stdout.fileno(), 1024)
            assert read, shown
            shown += read
        shown += process.communicate(b"ann@example.com\n", timeout=30)[0]
    digest = allow_digest(pseudonym_key(settings), "email", "ann@example.com")
    assert digest in shown.decode()
    assert b"ann@" not in shown
