"""The key that signs session cookies, one for all processes. Knows nothing of sessions."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from alerting.errors import InvalidSettings
from alerting.settings import home
from flaskapp.settings import WebSettings


def load(settings: WebSettings) -> str:
    """Return ``SECRET_KEY``, or without it the key in ``instance``, which the first start makes.

    Raises InvalidSettings when there is none and none can be made.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = home() / "instance" / "secret_key"
    try:
        if not path.exists():
            _make(path)
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise InvalidSettings([f"SECRET_KEY: {path} cannot be made or read; set it"]) from None
    if len(key) < 32:
        raise InvalidSettings([f"SECRET_KEY: {path} holds no key; delete it"])
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
