"""Secret keys, one for all processes of an installation. Knows nothing of what they are for."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from alerting.errors import InvalidSettings
from alerting.settings import home


def load_key(name: str, *, given: SecretStr | None) -> str:
    """Return the given key, or without it the one in ``instance``, which the first start makes.

    ``name`` is that of the file, and in upper case that of the setting. Raises InvalidSettings
    when there is no key and none can be made.
    """
    if given is not None:
        return given.get_secret_value()
    path = home() / "instance" / name
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidSettings([f"{name.upper()}: {path} cannot be made or read; set it"]) from None
    if len(key) < 32:
        raise InvalidSettings([f"{name.upper()}: {path} holds no key; delete it"])
    return key


def _make(path: Path) -> None:
    """Write a new key of 256 bits, whole; a key that another process made first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
