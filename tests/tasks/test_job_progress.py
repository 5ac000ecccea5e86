"""What a task says of its progress."""

import time
from typing import Any

import pytest

from tasks import progress
from tasks.job_progress import Listener, listening, read_progress
from tasks.job_state import Progress


def told_of(*reports: tuple[int, int], pause_s: float = 0) -> list[tuple[int, int]]:
    """Return what a listener hears of a task that reports these."""
    heard: list[tuple[int, int]] = []
    listener = Listener(job_id="1", tell=lambda one: heard.append((one.done, one.total)))
    with listening(listener):
        for done, total in reports:
            progress(done, total)
            time.sleep(pause_s)
    return heard


def test_progress_is_told() -> None:
    """Whoever listens hears of it."""
    assert told_of((0, 3), (2, 3), pause_s=0.25) == [(0, 3), (2, 3)]


def test_progress_that_comes_too_soon_is_left_out_but_for_the_end() -> None:
    """A task that counts a thousand things in no time is heard twice."""
    assert told_of(*((done, 1000) for done in range(1001))) == [(0, 1000), (1000, 1000)]


def test_outside_a_job_nobody_listens() -> None:
    """A task that is called as a function may count on."""
    progress(1, 2)


@pytest.mark.parametrize(
    ("done", "total"),
    [(-1, 2), (3, 2), (1, 10**9 + 1), (1.5, 2), ("1", 2), (True, 1), (1, None)],
)
def test_what_is_no_progress_is_refused(done: Any, total: Any) -> None:
    """Nothing but small whole numbers passes, which no phone number or name is."""
    with pytest.raises(ValueError, match="progress"):
        progress(done, total)


@pytest.mark.parametrize("stored", [None, b"", b"x", b"3/2", b"1/x", b"1/2/3", b"-1/2", b"\xff"])
def test_what_is_stored_wrongly_is_no_progress(stored: bytes | None) -> None:
    """A field that somebody else wrote makes no job unreadable."""
    assert read_progress(stored) is None


def test_progress_is_read_as_it_was_stored() -> None:
    """Done and total come back."""
    assert read_progress(b"3/10") == Progress(done=3, total=10)
