"""Text in Base64 (RFC 4648, section 4), in which what is found counts as the whole."""

import base64
import binascii
import re

from alerting.disguise import Disguise

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


# Three digits, and a number that begins with +38 or a digit.
_DIGITS = rb"[MNO][DTjz][AEIMQUYcgk][0-5w-z]"
_NUMBER = rb"\b(?:KzM4|" + _DIGITS + rb")(?:" + _DIGITS + rb"){2,4}[A-Za-z0-9]{0,3}={0,2}"


def _plain(token: str) -> str:
    """Return the text, or the token where it holds none: a hash, a key, a picture."""
    encoded = token.rstrip("=")
    if len(encoded) % 4 == 1 or _HEXADECIMAL.issuperset(encoded):
        return token
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"+_").decode()
    except (binascii.Error, UnicodeDecodeError):
        return token
    return text.replace('"', "\x1f")


DISGUISE = Disguise(
    pattern=rb"[A-Za-z0-9+/_]{24}[A-Za-z0-9+/_]*={0,2}|[A-Za-z0-9+/_]{14,}={1,2}|" + _NUMBER,
    tokens=re.compile("[A-Za-z0-9+/_]+={0,2}"),
    plain=_plain,
    hidden={
        "data: d3JpdGUgdG8gYW5uQGV4YW1wbGUuY29t!": "d3JpdGUgdG8gYW5uQGV4YW1wbGUuY29t",
        "MDk2MTIzNDU2Nw==": "MDk2MTIzNDU2Nw==",
        "n=MzgwOTYxMjM0NTY3": "MzgwOTYxMjM0NTY3",
        "Y2FsbCArMzgwOTYxMjM0NTY3IG5vdw==": "Y2FsbCArMzgwOTYxMjM0NTY3IG5vdw==",
    },
)
