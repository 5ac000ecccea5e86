"""``flask keys``: ids are shown, keys never."""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue


@pytest.fixture
def settings(settings: WebSettings, monkeypatch: pytest.MonkeyPatch) -> WebSettings:
    """Return settings without keys, so that the file has them."""
    monkeypatch.delenv("PAYLOAD_KEYS")
    return WebSettings.load(**{**settings.model_dump(), "payload_keys": None})


def test_rotation_puts_a_new_key_first(runner: FlaskCliRunner, tmp_path: Path) -> None:
    """After a rotation the list has one key more, at its head, and the old one still opens."""
    before = runner.invoke(args=["keys", "list"]).stdout.split()

    rotated = runner.invoke(args=["keys", "rotate"])

    after = runner.invoke(args=["keys", "list"]).stdout
    new, *_ = after.split()
    assert rotated.exit_code == 0
    assert f"Key {new} seals" in rotated.stderr
    assert after.splitlines() == [f"{new}  seals and opens", f"{before[0]}  opens"]
    secrets = (tmp_path / "instance" / "payload_keys").read_text().split()
    assert len(secrets) == 2
    assert not any(secret in rotated.output + after for secret in secrets)


def test_keys_of_the_environment_are_rotated_there(
    settings: WebSettings, queue: InMemoryQueue, tmp_path: Path
) -> None:
    """With PAYLOAD_KEYS the command says what to do, and writes no file."""
    given = WebSettings.load(**{**settings.model_dump(), "payload_keys": "5a" * 32})
    app = create_app(given, queue=queue)

    done = app.test_cli_runner().invoke(args=["keys", "rotate"])

    assert done.exit_code == 1
    assert "PAYLOAD_KEYS" in done.stderr
    assert "5a5a" not in done.output
    assert not (tmp_path / "instance" / "payload_keys").exists()


def test_damaged_file_is_named(runner: FlaskCliRunner, tmp_path: Path) -> None:
    """A file that holds something else is left as it is."""
    path = tmp_path / "instance" / "payload_keys"
    path.parent.mkdir(exist_ok=True)
    path.write_text("x" * 40)

    done = runner.invoke(args=["keys", "rotate"])

    assert done.exit_code == 1
    assert "PAYLOAD_KEYS: instance/payload_keys: key 1" in done.stderr
    assert path.read_text() == "x" * 40
