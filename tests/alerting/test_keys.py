"""Keys of an installation: made once, checked, or given."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from alerting.keys import load_key
from flaskapp.settings import WebSettings


def test_key_is_made_once_for_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that start at the same time share one private random key."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_key("secret_key", given=None), range(8)))

    (key,) = keys
    assert len(key) == 64
    assert [entry.name for entry in (tmp_path / "instance").iterdir()] == ["secret_key"]
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_damaged_key_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """A key that is none is not signed with; the message says what to do."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret_key").write_bytes(content)

    with pytest.raises(InvalidSettings, match="SECRET_KEY"):
        load_key("secret_key", given=None)


def test_key_that_cannot_be_made_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `instance` cannot be written, the key has to be set."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    (tmp_path / "instance").write_text("not a folder")

    with pytest.raises(InvalidSettings, match="SECRET_KEY"):
        load_key("secret_key", given=None)


def test_weak_key_is_refused() -> None:
    """A SECRET_KEY that could be guessed is a fault of the settings."""
    with pytest.raises(InvalidSettings, match="SECRET_KEY"):
        WebSettings.load(secret_key="short")
