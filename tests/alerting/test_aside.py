"""What a fiber has other threads do while others have its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from typing import Any

from alerting.fibers import aside, current_fiber
from tests.fiber_carrier import Carrier

_WHO: ContextVar[str] = ContextVar("who")


def test_what_blocks_is_done_aside(carrier: Carrier) -> None:
    """In another thread and the same context, while others work; it returns or raises there."""
    seen: list[object] = []
    is_over = threading.Event()

    def block(*, fails: bool) -> str:
        assert is_over.wait(5)
        assert current_fiber() is None
        if fails:
            raise LookupError
        return f"{_WHO.get()} {threading.get_ident() == here}"

    def work(who: str, *, fails: bool) -> None:
        _WHO.set(who)
        try:
            seen.append(aside(partial(block, fails=fails)))
        except LookupError:
            seen.append(f"{who} failed")
        assert _WHO.get() == who

    here = threading.get_ident()
    carrier.run(partial(work, "one", fails=False), partial(work, "two", fails=True), is_over.set)
    assert sorted(map(str, seen)) == ["one False", "two failed"]
    assert not aside(lambda: threading.get_ident() != here)


def test_what_is_long_may_wait_for_what_is_done_aside() -> None:
    """It has threads of its own, so that both come to their ends with a thread for each."""
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as long_pool:
        carrier = Carrier(pool, long_pool)
        is_done = threading.Event()
        seen: list[bool] = []
        carrier.run(
            lambda: seen.append(aside(lambda: is_done.wait(5), is_long=True)),
            lambda: aside(is_done.set),
        )
    assert seen == [True]


def test_a_thread_that_cannot_be_had_costs_no_work_and_does_none_twice() -> None:
    """A pool that could not start a thread may have taken the work, for when one is free."""

    class Full(ThreadPoolExecutor):
        def submit(self, *args: Any, **options: Any) -> Any:
            super().submit(*args, **options)
            raise RuntimeError("can't start new thread")

    done: list[int] = []
    with Full(1) as pool:
        Carrier(pool).run(*(lambda: aside(lambda: done.append(1)) for _ in range(50)))
    assert len(done) == 50


def test_what_is_to_be_done_at_the_end_of_the_process_is_done_here(carrier: Carrier) -> None:
    """Then no thread takes anything new."""
    with ThreadPoolExecutor() as pool:
        ended = Carrier(pool)
    seen: list[int] = []
    ended.run(lambda: seen.append(aside(threading.get_ident)))
    assert seen == [threading.get_ident()]
