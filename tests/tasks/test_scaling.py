"""How many workers a queue with bounds should have, second by second."""

from collections.abc import Iterable

from tasks.scaling import Load, Scaling
from tasks.worker_counts import Bounds

CALM = Load(waited_s=0, is_spare=True)
BUSY = Load(waited_s=0.5, is_spare=False)
LATE = Load(waited_s=3, is_spare=False)


def followed(loads: Iterable[Load], *, running: int = 1, high: int = 4) -> list[int]:
    """Return the number of workers after each second with such a load."""
    scaling = Scaling(Bounds(low=1, high=high), grow_after_s=2, shrink_after_s=10)
    numbers = []
    for at, load in enumerate(loads):
        running = scaling.wanted(load, running=running, at=float(at))
        numbers.append(running)
    return numbers


def test_it_grows_one_by_one_while_jobs_wait_too_long() -> None:
    """A new worker has time to begin before the next is added, up to the bound."""
    assert followed([LATE] * 9) == [2, 2, 3, 3, 4, 4, 4, 4, 4]


def test_short_waits_change_nothing() -> None:
    """A queue that its workers keep up with keeps its workers."""
    assert followed([BUSY] * 30, running=2) == [2] * 30


def test_it_shrinks_slowly_when_one_was_never_needed() -> None:
    """Each worker less has to prove itself, and the bound stays."""
    assert followed([CALM] * 35, running=3) == [3] * 10 + [2] * 10 + [1] * 15


def test_one_busy_look_keeps_all() -> None:
    """A worker that is needed now and then is not taken away."""
    assert followed(([CALM] * 9 + [BUSY]) * 4, running=3) == [3] * 40


def test_a_load_that_comes_and_goes_does_not_swing() -> None:
    """What was added for a peak outlasts the pause before the next one."""
    numbers = followed(([LATE] * 4 + [CALM] * 8) * 5)

    assert numbers == sorted(numbers)
    assert numbers[-1] == 4


def test_what_was_seen_before_an_outage_does_not_count() -> None:
    """Nobody knows what the workers did while nobody could look."""
    scaling = Scaling(Bounds(low=1, high=4), grow_after_s=2, shrink_after_s=10)
    scaling.wanted(CALM, running=2, at=0)
    scaling.forget()

    assert scaling.wanted(CALM, running=2, at=12) == 2
    assert scaling.wanted(CALM, running=2, at=22) == 1
