"""What is kept of an alert for review. Holds no raw value but a sealed one; knows no database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from alerting.alert import Alert


class Severity(IntEnum):
    """How much an alert matters; a greater one matters more."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The severity as it is written."""
        return self.name.lower()


class State(StrEnum):
    """Where the review of an alert is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Action(StrEnum):
    """What a person did with an alert."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    COMMENT = "comment"
    REVEAL = "reveal"


TRANSITIONS: dict[Action, tuple[frozenset[State], State]] = {
    Action.ACKNOWLEDGE: (frozenset({State.OPEN}), State.ACKNOWLEDGED),
    Action.RESOLVE: (frozenset({State.OPEN, State.ACKNOWLEDGED}), State.RESOLVED),
    Action.REOPEN: (frozenset({State.ACKNOWLEDGED, State.RESOLVED}), State.OPEN),
}
"""From which states an action leads to which; the others change no state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An alert as it is kept.

    ``excerpt`` is the beginning of the payload's JSON, masked. ``digests`` has one keyed digest
    for each finding, so that equal values can be matched. ``sealed`` are the values themselves,
    sealed, or None when they are not kept. ``version`` counts what was done with the alert.
    """

    alert: Alert
    severity: Severity
    excerpt: str
    digests: tuple[str, ...] = ()
    sealed: bytes | None = field(default=None, repr=False)
    state: State = State.OPEN
    version: int = 1
    incident_id: str | None = None


LONGEST_COMMENT = 2000
"""Characters of what a person may say about what they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a person did with an alert; ``at`` is aware and in UTC."""

    at: datetime
    who: str
    action: Action
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which alerts are looked for; None takes all.

    ``since`` is included, ``until`` is not. ``text`` occurs somewhere in what is kept.
    """

    kind: str | None = None
    severity: Severity | None = None
    state: State | None = None
    caller: str | None = None
    task: str | None = None
    incident_id: str | None = None
    digest: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the alerts looked for, newest first; ``next`` is where the next page begins."""

    records: tuple[Record, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Alerts of one caller with the same kinds and pointers, each soon after the last.

    In ``pointers`` numbers of items are ``*``. ``count`` is that of all its alerts, ``open`` of
    those that nobody has taken up. ``version`` counts what was done with them.
    """

    id: str
    caller: str
    kinds: tuple[str, ...]
    pointers: tuple[str, ...]
    severity: Severity
    first_seen: datetime
    last_seen: datetime
    count: int
    open: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """Some of the incidents, newest first; ``next`` is where the next page begins."""

    incidents: tuple[Incident, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """With how many of several alerts something was done, and how many had changed meanwhile."""

    done: int
    changed: int


Ranking = tuple[tuple[str, int], ...]
"""Words with how many alerts each has, the most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counts of the alerts of some time, and of those in each state now.

    ``over_time`` has a bucket's begin, a kind and a count; buckets are ``bucket`` long, and empty
    ones are left out.
    """

    total: int
    states: dict[State, int]
    severities: dict[Severity, int]
    kinds: Ranking
    callers: Ranking
    tasks: Ranking
    pointers: Ranking
    over_time: tuple[tuple[datetime, str, int], ...]
    bucket: timedelta
