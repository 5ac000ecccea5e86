"""How many workers each queue has, as people write it."""

import pytest

from tasks.settings import TasksSettings
from tasks.worker_counts import Bounds, worker_counts


def fixed(number: int) -> Bounds:
    """Return bounds between which nothing changes."""
    return Bounds(low=number, high=number)


@pytest.mark.parametrize(
    ("given", "default", "high"),
    [
        (3, fixed(3), fixed(3)),
        ("3", fixed(3), fixed(3)),
        ("default=2,high=1", fixed(2), fixed(1)),
        (" default=2 , high=1 ", fixed(2), fixed(1)),
        ("default=1..6 high=2", Bounds(low=1, high=6), fixed(2)),
        ("1..4", Bounds(low=1, high=4), Bounds(low=1, high=4)),
        ("high=4,1", fixed(1), fixed(4)),
        ("0,high=4", fixed(0), fixed(4)),
        ("default=2", fixed(2), None),
    ],
)
def test_numbers_and_bounds_are_mixed_freely(
    given: object, default: Bounds, high: Bounds | None
) -> None:
    """A queue has what is said of it by name, else what is said of all, else nothing."""
    counts = worker_counts(given)

    assert counts.of("default") == default
    assert counts.of("high") == high


@pytest.mark.parametrize(
    "given",
    [
        *("none", "", "-1", "65", "default", "default=", "=2", "default:2", "default=1..65", "a=b"),
        *("default=6..1", "default=0..2", "0..2", "default=1..", "default=1,default=2", "1,2"),
        *("0", "default=0,high=0", "default=0", "default=1...2", "dé=1", "2.5", "١"),
        *(True, None, 2.0, ["default=2"], {"default": 2}),
    ],
)
def test_what_says_no_number_is_refused(given: object) -> None:
    """Nothing is guessed: a queue without any worker would let its jobs wait for ever."""
    with pytest.raises(ValueError, match=r"write|once|one queue"):
        worker_counts(given)


@pytest.mark.parametrize("text", ["2", "1..6", "default=2,high=1..6", "1,high=0"])
def test_it_is_shown_as_it_is_written(text: str) -> None:
    """The documentation shows the default so, and settings that are written down can be read."""
    assert str(worker_counts(text)) == text
    settings = TasksSettings.load(workers=text)
    assert TasksSettings.load(**settings.model_dump()) == settings
