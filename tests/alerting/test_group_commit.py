"""What is kept at the same time shares a transaction."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from alerting.group_commit import GroupCommit


def test_what_gathers_meanwhile_goes_together() -> None:
    """While one transaction runs the others wait, and share the next one."""
    begun, may_end = threading.Event(), threading.Event()
    together: list[list[int]] = []

    def keep_all(numbers: Sequence[int]) -> None:
        together.append(list(numbers))
        begun.set()
        may_end.wait(timeout=10)

    keep = GroupCommit(int, keep_all)
    with ThreadPoolExecutor(max_workers=20) as threads:
        first = threads.submit(keep, 0)
        assert begun.wait(timeout=10)
        others = [threads.submit(keep, number) for number in range(1, 20)]
        while len(keep._waiting) < 19:
            threading.Event().wait(0.01)
        may_end.set()
        for one in (first, *others):
            one.result(timeout=10)
    assert [len(one) for one in together] == [1, 19]
    assert sorted(number for each in together for number in each) == list(range(20))


def test_gathering_goes_on_while_more_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment in which more have come is followed by another; one without is the last."""
    together: list[list[int]] = []
    keep = GroupCommit[int, int](int, lambda numbers: together.append(list(numbers)))
    keep._last_count, keep._last_took_s = 2, 0.001
    waits: list[float] = []
    with ThreadPoolExecutor(max_workers=4) as threads:

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) < 4:
                threads.submit(keep, len(waits))
                while len(keep._waiting) <= len(waits):
                    threading.Event().wait(0.001)

        monkeypatch.setattr("alerting.group_commit.time.sleep", sleep)
        keep(0)
    assert together == [[0, 1, 2, 3]]
    assert len(waits) == 4


def test_a_transaction_that_fails_fails_for_each() -> None:
    """Whoever had something in it learns of it, and the next one is tried anew."""
    fails = True

    def keep_all(numbers: Sequence[int]) -> None:
        if fails:
            raise OSError("full")

    keep = GroupCommit(int, keep_all)
    with pytest.raises(OSError, match="full"):
        keep(1)
    fails = False
    keep(2)


def test_what_nothing_can_be_made_of_fails_alone() -> None:
    """Whoever brought it learns of it, and what came with it is kept."""
    begun, may_end = threading.Event(), threading.Event()
    kept: list[int] = []

    def keep_all(numbers: Sequence[int]) -> None:
        kept.extend(numbers)
        begun.set()
        may_end.wait(timeout=10)

    keep = GroupCommit[str, int](int, keep_all)
    with ThreadPoolExecutor(max_workers=3) as threads:
        first = threads.submit(keep, "1")
        assert begun.wait(timeout=10)
        good, bad = threads.submit(keep, "2"), threads.submit(keep, "two")
        while len(keep._waiting) < 2:
            threading.Event().wait(0.01)
        may_end.set()
        first.result(timeout=10)
        good.result(timeout=10)
        with pytest.raises(ValueError, match="two"):
            bad.result(timeout=10)
    assert kept == [1, 2]
