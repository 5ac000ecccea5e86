"""How many worker processes each queue has, as the setting WORKERS says it. Knows no processes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 64
QUEUE_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"

_ENTRY = re.compile(rf"(?:({QUEUE_NAME})=)?(\d{{1,3}})(?:\.\.(\d{{1,3}}))?", re.ASCII)
_FORM = (
    "write a number, as in 2, or queues with numbers or bounds, as in default=2,high=1..6; "
    f"bounds begin at 1, and a queue has at most {MOST} workers"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The fewest and the most workers of a queue; they are the same when it does not scale."""

    low: int
    high: int

    @property
    def is_elastic(self) -> bool:
        """Whether the number of workers changes with the load."""
        return self.low < self.high

    def __str__(self) -> str:
        return f"{self.low}..{self.high}" if self.is_elastic else str(self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCounts:
    """The bounds of the queues that are named, and those of all others, if they have any."""

    named: Mapping[str, Bounds]
    others: Bounds | None

    def of(self, queue: str) -> Bounds | None:
        """Return the bounds of a queue; None when nothing is said of it."""
        return self.named.get(queue, self.others)

    def __str__(self) -> str:
        named = [f"{queue}={bounds}" for queue, bounds in self.named.items()]
        return ",".join([str(self.others), *named] if self.others else named)


def worker_counts(value: object) -> WorkerCounts:
    """Read a number or text such as ``2``, ``1..6``, ``default=2,high=1..6`` or ``1,high=0``.

    Raises ValueError, which says how to write it.
    """
    if isinstance(value, WorkerCounts):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(_FORM)  # noqa: TRY004 - pydantic expects it
    named: dict[str | None, Bounds] = {}
    for word in str(value).replace(",", " ").split():
        queue, bounds = _entry(word)
        if queue in named:
            raise ValueError("name a queue once, and give one number for all others")
        named[queue] = bounds
    if not any(bounds.high for bounds in named.values()):
        raise ValueError("one queue at least needs a worker")
    others = named.pop(None, None)
    return WorkerCounts(
        named={str(queue): bounds for queue, bounds in named.items()}, others=others
    )


def _entry(word: str) -> tuple[str | None, Bounds]:
    match = _ENTRY.fullmatch(word)
    if match is None:
        raise ValueError(_FORM)
    queue, low, high = match.groups()
    bounds = Bounds(low=int(low), high=int(high or low))
    if bounds.high > MOST or bounds.low > bounds.high or (high and not bounds.low):
        raise ValueError(_FORM)
    return queue, bounds
