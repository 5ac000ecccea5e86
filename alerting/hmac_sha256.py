"""HMAC-SHA256 (RFC 2104) for many short messages under few keys. Knows nothing of what they are."""

import hmac
from functools import lru_cache


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the digest, 32 bytes.

    OpenSSL looks up an algorithm anew for each that it is asked for by name, which takes several
    times as long as a short message; a copy of what has the key needs no look.
    """
    keyed = _keyed(key).copy()
    keyed.update(message)
    return keyed.digest()


@lru_cache(maxsize=64)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
