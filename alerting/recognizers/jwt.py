"""JSON Web Tokens: three base64url parts (RFC 7519), the first one a JSON object with ``alg``."""

import base64
import binascii

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, mask_all


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate whose first part is a header."""
    header = page.data[start:end].partition(b".")[0]
    try:
        decoded = base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4))
    except binascii.Error:
        return ()
    if b'"alg"' not in decoded:
        return ()
    return (Match(start, end, 0.99, "header with an algorithm"),)


RECOGNIZER = Recognizer(
    pattern=rb"eyJ[A-Za-z0-9_\-]{8,1000}\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*",
    check=check,
    found={
        "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl": "eyJhbGciOiJIUzI1NiJ9"
        ".eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
    },
    ignored=("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJhIn0.eyJzdWIiOiJhIn0.abc", "eyJ123456789.a.b"),
    mask=mask_all,
)
