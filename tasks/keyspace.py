"""Names of piigate's own keys and channels in Redis. RQ's own names stay RQ's."""

from rq.defaults import RQ_KEY_PREFIX

# A hash tag puts every key on one slot of a cluster, ours too.
_PREFIX = RQ_KEY_PREFIX if "{" in RQ_KEY_PREFIX else "piigate"

ENDED_CHANNEL = f"{_PREFIX}:ended"
"""Jobs that end, told as :mod:`tasks.announcement` says."""
REAPER_LOCK = f"{_PREFIX}:reaper"
"""Held by the worker that looks after lost jobs."""
PROGRESS_CHANNEL = f"{_PREFIX}:progress"
"""Ids of jobs, told when they have come further."""
LIMITS_PREFIX = f"{_PREFIX}:limits"
"""Where it is counted how much callers send."""


def claim_key(digest: str) -> str:
    """Return where the claim on an idempotency key is stored."""
    return f"{_PREFIX}:claim:{digest}"


def pace_key(queue: str) -> str:
    """Return where the workers of a queue tell how fast they serve it."""
    return f"{_PREFIX}:pace:{queue}"


def lines_key(group_id: str) -> str:
    """Return where the jobs of a group are stored by their lines."""
    return f"{_PREFIX}:lines:{group_id}"
