"""Sealing of bytes that are kept where others can read and write. Knows neither RQ nor settings.

A sealed text is ``pg1.``, the id of its key, a salt, a nonce, and the text under AES-256-GCM. The
key of a thousand texts of a process is derived from the ring's key and the salt (HKDF, RFC 5869),
so that no number of texts wears a key out: docs/decisions/0006-sealing.md.
"""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alerting.hmac_sha256 import hmac_sha256
from tasks.errors import InvalidKeys, SealBroken, UnknownSealKey
from tasks.per_process import PerProcess

MARK = b"pg1."
"""How every sealed text begins; neither JSON nor what zlib writes does."""

_KEY_BYTES = 32
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_ID_BYTES = 4
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TEXTS_PER_SALT = 1000
_ID_AT = len(MARK)
_SALT_AT = _ID_AT + _ID_BYTES
_NONCE_AT = _SALT_AT + _SALT_BYTES
_TEXT_AT = _NONCE_AT + _NONCE_BYTES

Context = tuple[str | None, ...]
"""What a sealed text is bound to: it opens for the same words in the same order alone."""


class Sealed(bytes):
    """A sealed text; it passes through the serializer as it is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of 256 bits; its id is derived from it and may be shown."""

    secret: bytes = field(repr=False)
    id: bytes

    @classmethod
    def of(cls, secret: bytes) -> "Key":
        """Return the key with its id."""
        return cls(secret=secret, id=_expand(secret, b"piigate key id", _ID_BYTES))

    def cipher(self, salt: bytes) -> AESGCM:
        """Return the cipher of the texts that have this salt."""
        return _cipher(self.secret, salt)


def parse_keys(text: str) -> tuple[Key, ...]:
    """Return the keys that stand in a text with white space between them.

    Each is 64 hexadecimal digits. Raises InvalidKeys, which names every fault but no key.
    """
    words = text.split()
    faults = [
        f"key {number} is not 64 hexadecimal digits"
        for number, word in enumerate(words, 1)
        if not _KEY.fullmatch(word)
    ]
    faults += [
        f"key {number} repeats an earlier one"
        for number, word in enumerate(words, 1)
        if word.lower() in map(str.lower, words[: number - 1])
    ]
    if faults or not words:
        raise InvalidKeys(faults or ["there is no key"])
    return tuple(Key.of(bytes.fromhex(word)) for word in words)


class KeyRing:
    """Keys of which the first seals and all open.

    ``reload`` returns the keys as they are now; it is asked when a text names a key that the ring
    lacks, as after a rotation.
    """

    def __init__(
        self, keys: Iterable[Key], *, reload: Callable[[], Iterable[Key]] | None = None
    ) -> None:
        self._reload = reload
        self._salt = PerProcess(_Salt)
        self._take(keys)

    @property
    def ids(self) -> tuple[str, ...]:
        """The keys' ids as hexadecimal digits, the one that seals first."""
        return tuple(one.hex() for one in self._by_id)

    def seal(self, text: bytes, context: Context) -> Sealed:
        """Return the text sealed, bound to the context."""
        key, salt, nonce = self._first, self._salt.get().next(), os.urandom(_NONCE_BYTES)
        sealed = key.cipher(salt).encrypt(nonce, text, _bound(context))
        return Sealed(b"".join((MARK, key.id, salt, nonce, sealed)))

    def open(self, sealed: bytes, context: Context) -> bytes:
        """Return the text; raises SealBroken, UnknownSealKey."""
        if not sealed.startswith(MARK) or len(sealed) < _TEXT_AT:
            raise SealBroken
        key = self._key(sealed[_ID_AT:_SALT_AT])
        cipher = key.cipher(sealed[_SALT_AT:_NONCE_AT])
        try:
            return cipher.decrypt(sealed[_NONCE_AT:_TEXT_AT], sealed[_TEXT_AT:], _bound(context))
        except InvalidTag:
            raise SealBroken from None

    def _key(self, key_id: bytes) -> Key:
        if key_id not in self._by_id and self._reload:
            # A key that a running process has known stays: what it sealed may still be about.
            self._take((*self._reload(), *self._by_id.values()))
        try:
            return self._by_id[key_id]
        except KeyError:
            raise UnknownSealKey from None

    def _take(self, keys: Iterable[Key]) -> None:
        by_id = {key.id: key for key in keys}
        self._first = next(iter(by_id.values()))
        self._by_id = by_id


class _Salt:
    """The salt of the texts that a process seals next."""

    def __init__(self) -> None:
        self._salt = b""
        self._left = 0

    def next(self) -> bytes:
        """Return the salt of another text; threads may let it have a few more."""
        if self._left <= 0:
            self._salt, self._left = os.urandom(_SALT_BYTES), _TEXTS_PER_SALT
        self._left -= 1
        return self._salt


@lru_cache(maxsize=1024)
def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    """Return a cipher; whoever opens a text is likely to open the next one of its process."""
    return AESGCM(_expand(secret, b"piigate seal" + salt, _KEY_BYTES))


def _expand(secret: bytes, info: bytes, length: int) -> bytes:
    """Return up to 32 bytes by HKDF-Expand with SHA-256: its first block, RFC 5869, section 2.3."""
    return hmac_sha256(secret, info + b"\x01")[:length]


def _bound(context: Context) -> bytes:
    """Return the context as bytes that no other context has: as a literal of Python, in ASCII."""
    return ascii(context).encode("ascii")
