"""The tokens file, ``instance/tokens.toml``: read when it changes, edited whole or not at all.

Each table is one token. Knows no HTTP and keeps no token, only its digest.
"""

import fcntl
import logging
import os
import threading
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import tomlkit

from alerting.draft import draft_of
from flaskapp.errors import InvalidTokens, TokenExists, TokenNotFound
from flaskapp.token_record import Scope, TokenRecord, digest, new_token, without_doubles

_log = logging.getLogger(__name__)
_HEADER = "# Digests of API tokens; `flask tokens` manages them.\n"


def parse_tokens_file(text: str) -> tuple[TokenRecord, ...]:
    """Parse the text of a tokens file; raises InvalidTokens."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidTokens([str(error)]) from None
    records = []
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise InvalidTokens([f"{name}: a token is a table"])
        record = TokenRecord.checked(name, table)
        if record.is_development:
            raise InvalidTokens([f"{name}: everybody knows this token; make one"])
        records.append(record)
    return without_doubles(records)


class TokenFile:
    """The tokens of one file, shared by every process that reads or edits it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: tuple[TokenRecord, ...] = ()
        self._seen: object = None
        self._lock = threading.Lock()

    def records(self) -> tuple[TokenRecord, ...]:
        """Return the tokens as the file has them now.

        Fails closed: a file that is missing, unreadable or in any part wrong holds no token, and
        the log says so once. To go on with what it held before could keep a revoked token alive.
        """
        signature = self._signature()
        if signature != self._seen:
            with self._lock:
                if signature != self._seen:
                    self._records = self._load()
                    self._seen = signature
        return self._records

    def create(self, name: str, *, scopes: Iterable[Scope], expires: datetime | None) -> str:
        """Add a token and return it; raises TokenExists, InvalidTokens, OSError."""
        token = new_token()
        entry: dict[str, object] = {"sha256": digest(token), "scopes": sorted(scopes)}
        entry["created"] = datetime.now(UTC).replace(microsecond=0)
        if expires is not None:
            entry["expires"] = expires
        with self._edited() as document:
            if name in document:
                raise TokenExists
            document[name] = entry
        return token

    def revoke(self, name: str) -> None:
        """Remove a token; raises TokenNotFound, InvalidTokens, OSError."""
        with self._edited() as document:
            if name not in document:
                raise TokenNotFound
            del document[name]

    def _signature(self) -> object:
        try:
            status = self._path.stat()
        except OSError as error:
            return error.errno
        return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size

    def _load(self) -> tuple[TokenRecord, ...]:
        try:
            records = parse_tokens_file(self._path.read_text("utf-8"))
            mode = self._path.stat().st_mode
        except (OSError, UnicodeDecodeError, InvalidTokens) as error:
            _log.error("No token is accepted: tokens file %s: %s", self._path.name, _reason(error))
            return ()
        if mode & 0o077:
            _log.warning("Tokens file %s is open to other users: chmod 600", self._path.name)
        _log.info("Tokens file %s holds %d tokens", self._path.name, len(records))
        return records

    @contextmanager
    def _edited(self) -> Iterator[tomlkit.TOMLDocument]:
        """Yield the file's content for changes, alone; write it back when they are valid."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            text = self._path.read_text("utf-8") if self._path.exists() else _HEADER
            parse_tokens_file(text)
            document = tomlkit.parse(text)
            yield document
            changed = tomlkit.dumps(document)
            parse_tokens_file(changed)
            with draft_of(self._path, changed) as draft:
                draft.replace(self._path)
            os.fsync(folder)
        finally:
            os.close(folder)


def _reason(error: Exception) -> str:
    """Say what is wrong without the content, which a decoding error would quote."""
    match error:
        case OSError():
            return error.strerror or type(error).__name__
        case UnicodeDecodeError():
            return "not UTF-8"
        case _:
            return str(error)
