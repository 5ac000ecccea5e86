"""Secret keys, one for all processes of an installation. Knows nothing of what they are for."""

import fcntl
import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from alerting.draft import draft_of
from alerting.errors import InvalidSettings
from alerting.settings import home


def load_key(name: str, *, given: SecretStr | None) -> str:
    """Return the given key, or without it the one in ``instance``, which the first start makes.

    ``name`` is that of the file, and in upper case that of the setting. Raises InvalidSettings
    when there is no key and none can be made.
    """
    if given is not None:
        return given.get_secret_value()
    path = _path(name)
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidSettings([f"{name.upper()}: {path} cannot be made or read; set it"]) from None
    if len(key) < 32:
        raise InvalidSettings([f"{name.upper()}: {path} holds no key; delete it"])
    return key


def prepend_key(name: str) -> None:
    """Put a new key before those in the file of that name, which must be there.

    Readers see the old file or the new one, whole. Raises OSError.
    """
    path = _path(name)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with draft_of(path, f"{_new_key()}\n{path.read_text('ascii')}") as written:
            written.replace(path)
        os.fsync(folder)
    finally:
        os.close(folder)


def _path(name: str) -> Path:
    return home() / "instance" / name


def _new_key() -> str:
    """Return a new key of 256 bits."""
    return secrets.token_hex(32)


def _make(path: Path) -> None:
    """Write a new key, whole; a key that another process made first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft_of(path, f"{_new_key()}\n") as written, suppress(FileExistsError):
        os.link(written, path)
