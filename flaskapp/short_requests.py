"""Which requests do little but wait for a job, as nearly all do. Knows heads of requests only.

They are served one after the other by a single thread, and each waits without one.
"""

from collections.abc import Iterable

_LONGEST_BODY = 16384
"""In bytes; what is longer takes its time to be read and looked through."""
_LONG = {"IDEMPOTENCY-KEY", "TRANSFER-ENCODING"}
"""Headers with which a request asks Redis more, or sends nobody knows how much."""


def is_short(method: str, path: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Return whether it is a single payload to be run, with nothing asked for but its result.

    Names of headers are in capitals. One that is not told from others costs time, no more.
    """
    if method != "POST" or not path.startswith("/run"):
        return False
    length = ""
    for name, value in headers:
        if name in _LONG or (name == "CONTENT-TYPE" and "ndjson" in value.lower()):
            return False
        if name == "CONTENT-LENGTH":
            length = value
    return length.isdecimal() and int(length) <= _LONGEST_BODY
