"""An alert on its way into Redis with its payload's job. Knows nothing of what it says."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEntry:
    """The alert of a payload, for those who record it or tell of it.

    The payload's job gets the id that the alert has noted.
    """

    job_id: str
    entry: bytes = field(repr=False)
