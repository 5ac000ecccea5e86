"""The preferences of RFC 7240 that concern waiting. Knows nothing of jobs."""

import re
from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.http import parse_list_header

_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a request waits, and what its answer says of the preferences it followed."""

    seconds: int
    applied: dict[str, str]


def waiting(headers: Headers, *, default_s: int, max_s: int) -> Waiting:
    """Return how long to wait by the ``Prefer`` headers of a request.

    ``wait=N`` waits N seconds, at most ``max_s``; ``respond-async`` without it does not wait. What
    is malformed or unknown is ignored, and the first of several of one name counts (RFC 7240, 2).
    """
    wishes: dict[str, str] = {}
    for item in parse_list_header(",".join(headers.getlist("Prefer"))):
        name, _, value = item.partition(";")[0].partition("=")
        wishes.setdefault(name.strip().lower(), value.strip().strip('"'))
    applied = []
    seconds = default_s
    if "respond-async" in wishes:
        applied.append("respond-async")
        seconds = 0
    if _SECONDS.fullmatch(wishes.get("wait", "")):
        seconds = min(int(wishes["wait"]), max_s)
        applied.append(f"wait={seconds}")
    return Waiting(
        seconds=seconds,
        applied={"Preference-Applied": ", ".join(applied)} if applied else {},
    )
