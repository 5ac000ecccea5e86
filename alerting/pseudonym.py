"""Keyed digests of values: nobody without the key can tell a value by trying them all.

HMAC-SHA256 (RFC 2104) over the purpose, the kind and the value in its normal form, so that a digest
for one purpose says nothing to another, and none of one kind matches one of another.
"""

import base64
import functools

from alerting.hmac_sha256 import hmac_sha256
from alerting.normal_form import normal_form

_PSEUDONYM_BYTES = 10  # 80 bits, 16 letters: no two of 10**9 values meet, but for 1 in 10**6


def pseudonym(key: str, kind: str, text: str) -> str:
    """Return the pseudonym of a value, such as ``email_x2v5…``; the same for each of its forms."""
    digest = _digest(key, "pseudonym", kind, text)[:_PSEUDONYM_BYTES]
    return f"{kind}_{base64.b32encode(digest).decode().lower()}"


def allow_digest(key: str, kind: str, text: str) -> str:
    """Return what stands for a value in ``ALLOW_VALUES``, as hexadecimal digits."""
    return _digest(key, "allow", kind, text).hex()


def alert_digest(key: str, kind: str, text: str) -> str:
    """Return what stands for a value in the record of an alert: the key's id and a digest."""
    return f"{key_id(key)}:{_digest(key, 'alert', kind, text).hex()}"


@functools.cache
def key_id(key: str) -> str:
    """Return what a key is called; it says nothing of the key."""
    return hmac_sha256(key.encode(), b"key id").hex()[:8]


def _digest(key: str, purpose: str, kind: str, text: str) -> bytes:
    message = "\0".join((purpose, kind, normal_form(kind, text)))
    return hmac_sha256(key.encode(), message.encode("utf-8", "surrogatepass"))
