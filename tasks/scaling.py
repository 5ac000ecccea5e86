"""Decides how many workers a queue with bounds has. Knows neither Redis nor processes."""

from dataclasses import dataclass

from tasks.worker_counts import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How long the oldest queued job has waited, and whether one worker less would do right now."""

    waited_s: float
    is_spare: bool


class Scaling:
    """Adds a worker when jobs wait too long, and takes one away that was not needed for long.

    Growing is quick and shrinking slow, one worker at a time, so that the number does not swing.
    """

    def __init__(self, bounds: Bounds, *, grow_after_s: float, shrink_after_s: float) -> None:
        self.bounds = bounds
        self._grow_after_s = grow_after_s
        self._shrink_after_s = shrink_after_s
        self._grown_at = float("-inf")
        self._spare_since: float | None = None

    def wanted(self, load: Load, *, running: int, at: float) -> int:
        """Return how many workers there should be, ``at`` a time in seconds that never goes back.

        It is to be asked about once a second: a worker is not needed when it was not at any look.
        """
        if not load.is_spare:
            self._spare_since = None
        elif self._spare_since is None:
            self._spare_since = at
        is_late = load.waited_s >= self._grow_after_s and at - self._grown_at >= self._grow_after_s
        if is_late and running < self.bounds.high:
            self._grown_at = at
            return running + 1
        is_idle = self._spare_since is not None and at - self._spare_since >= self._shrink_after_s
        if is_idle and running > self.bounds.low:
            self._spare_since = at
            return running - 1
        return running

    def forget(self) -> None:
        """Forget what was seen: for a while nobody could look."""
        self._spare_since = None
