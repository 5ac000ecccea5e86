"""A goal, and what a run has reached of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal, what was reached, and whether that is enough."""

    what: str
    wanted: str
    reached: str
    is_met: bool


def at_most(what: str, limit: float, value: float, *, digits: int = 1) -> Goal:
    """Hold a ratio against the most that it may be."""
    return Goal(
        what=what,
        wanted=f"≤ {limit:g}×",
        reached=f"{value:.{digits}f}×",
        is_met=value <= limit,
    )


def at_least(what: str, limit: float, value: float, *, digits: int = 1) -> Goal:
    """Hold a ratio against the least that it may be."""
    return Goal(
        what=what,
        wanted=f"≥ {limit:g}×",
        reached=f"{value:.{digits}f}×",
        is_met=value >= limit,
    )
