"""Names of piigate's own keys and channels in Redis. RQ's own names stay RQ's."""

from rq.defaults import RQ_KEY_PREFIX

# A hash tag puts every key on one slot of a cluster, ours too.
_PREFIX = RQ_KEY_PREFIX if "{" in RQ_KEY_PREFIX else "piigate"

ENDED_CHANNEL = f"{_PREFIX}:ended"
"""Ids of jobs that end, for whoever waits for a job of another process."""
REAPER_LOCK = f"{_PREFIX}:reaper"
"""Held by the worker that looks after lost jobs."""
PROGRESS_CHANNEL = f"{_PREFIX}:progress"
"""Ids of jobs, told when they have come further."""
LIMITS_PREFIX = f"{_PREFIX}:limits"
"""Where it is counted how much callers send."""

ALERTS = f"{_PREFIX}:alerts"
"""Alerts that nobody has handled yet, the oldest first."""
ALERTS_WAITING = f"{ALERTS}:waiting"
"""There while a job waits that will handle them."""
ALERTS_REST = f"{ALERTS}:rest"
"""There for a while after such a job has begun."""
ALERTS_TAKERS = f"{ALERTS}:takers"
"""Ids of the jobs that have taken alerts."""
ALERTS_WAKE = f"{ALERTS}:wake"
"""When alerts have to be looked after next, in seconds since 1970."""
ALERTS_REFUSED = f"{ALERTS}:refused"
"""Alerts that could not be opened: forged, or sealed under a key that is gone."""
ALERTS_PRUNED = f"{ALERTS}:pruned"
"""There for a while after old alerts were deleted."""


def ended_channel(waiter: str) -> str:
    """Return where the ends of the jobs are told that one process has submitted."""
    return f"{ENDED_CHANNEL}:{waiter}"


def taken_key(job_id: str) -> str:
    """Return where the alerts are that a job has taken."""
    return f"{ALERTS}:taken:{job_id}"


def stream_key(name: str) -> str:
    """Return where a stream for consumers of alerts is."""
    return f"{_PREFIX}:stream:{name}"


def claim_key(digest: str) -> str:
    """Return where the claim on an idempotency key is stored."""
    return f"{_PREFIX}:claim:{digest}"


def pace_key(queue: str) -> str:
    """Return where the workers of a queue tell how fast they serve it."""
    return f"{_PREFIX}:pace:{queue}"


def lines_key(group_id: str) -> str:
    """Return where the jobs of a group are stored by their lines."""
    return f"{_PREFIX}:lines:{group_id}"
