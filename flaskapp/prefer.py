"""The preferences of RFC 7240 that concern waiting. Knows nothing of jobs."""

from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.http import parse_list_header

from flaskapp.seconds import format_seconds, parse_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a request waits, and what its answer says of the preferences it followed.

    One that ``is_async`` is as well answered with the job's address as with its result.
    """

    seconds: float
    is_async: bool
    applied: dict[str, str]


def waiting(headers: Headers, *, default_s: int, max_s: int) -> Waiting:
    """Return how long to wait by the ``Prefer`` headers of a request.

    ``wait=N`` waits N seconds, at most ``max_s``; ``respond-async`` without it does not wait. What
    is malformed or unknown is ignored, and the first of several of one name counts (RFC 7240, 2).
    Its seconds are whole; fractions are taken as well.
    """
    if "Prefer" not in headers:
        return Waiting(seconds=default_s, is_async=not default_s, applied={})
    wishes: dict[str, str] = {}
    for item in parse_list_header(",".join(headers.getlist("Prefer"))):
        name, _, value = item.partition(";")[0].partition("=")
        wishes.setdefault(name.strip().lower(), value.strip().strip('"'))
    applied = []
    seconds: float = default_s
    if "respond-async" in wishes:
        applied.append("respond-async")
        seconds = 0
    wished_s = parse_seconds(wishes.get("wait", ""))
    if wished_s is not None:
        seconds = min(wished_s, max_s)
        applied.append(f"wait={format_seconds(seconds)}")
    return Waiting(
        seconds=seconds,
        is_async="respond-async" in wishes or not seconds,
        applied={"Preference-Applied": ", ".join(applied)} if applied else {},
    )
