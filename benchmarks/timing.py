"""Takes times of several calls in turn, so that what the machine does besides meets all of them."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The seconds that one call took: the median of the rounds and their middle half."""

    median_s: float
    low_s: float
    high_s: float
    rounds: int
    is_scaled: bool = False


def rotated(items: Sequence[_T], number: int) -> list[_T]:
    """Return the items in the order of a round: each begins at another one."""
    first = number % len(items)
    return [*items[first:], *items[:first]]


def in_turn(
    measures: Mapping[str, Callable[[], float]], *, rounds: int, limit_s: float
) -> dict[str, list[float]]:
    """Take one measure of each name per round; who has used up its time sits out the rest.

    Every measure returns seconds. The rounds begin at another name each time.
    """
    taken: dict[str, list[float]] = {name: [] for name in measures}
    used_s = dict.fromkeys(measures, 0.0)
    names = list(measures)
    for number in range(rounds):
        for name in rotated(names, number):
            if used_s[name] < limit_s:
                begin = time.perf_counter()
                taken[name].append(measures[name]())
                used_s[name] += time.perf_counter() - begin
    return taken


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile, of one value as well."""
    low, median, high = statistics.quantiles(
        values if len(values) > 1 else [*values] * 2, method="inclusive"
    )
    return low, median, high


def summary(seconds: list[float], *, factor: float = 1) -> Timing:
    """Sum up the rounds of one name; ``factor`` scales a part up to the whole."""
    low_s, median_s, high_s = quartiles(seconds)
    return Timing(
        median_s=median_s * factor,
        low_s=low_s * factor,
        high_s=high_s * factor,
        rounds=len(seconds),
        is_scaled=factor != 1,
    )
