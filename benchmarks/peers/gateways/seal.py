"""Texts under one key, so that nobody reads them in Redis."""

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_cipher = AESGCM(bytes.fromhex(os.environ["BENCH_TOKEN_SHA256"]))


def seal(text: str) -> str:
    """Return a text under AES-256-GCM, in base64."""
    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + _cipher.encrypt(nonce, text.encode(), None)).decode()


def open_sealed(sealed: str) -> str:
    """Return the text; raises InvalidTag."""
    data = base64.b64decode(sealed)
    return _cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None).decode()
