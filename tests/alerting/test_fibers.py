"""Work that leaves its thread to others while it waits."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial

import pytest
from greenlet import getcurrent

from alerting.fibers import Signal, current_fiber, let_others_catch_up
from tests.fiber_carrier import Carrier

_WHO: ContextVar[str] = ContextVar("who")


def test_who_waits_lets_others_work(carrier: Carrier) -> None:
    """All in one thread, and each goes on once it was given its signal."""
    signals = [Signal() for _ in range(3)]
    seen: list[object] = []

    def work(number: int) -> None:
        seen.append(number)
        assert signals[number].wait(5)
        seen.append((number, threading.get_ident()))
        signals[number - 1].give()

    carrier.run(*(partial(work, number) for number in range(3)), signals[2].give)
    here = threading.get_ident()
    assert seen == [0, 1, 2, (2, here), (1, here), (0, here)]


def test_who_is_ahead_lets_others_catch_up(carrier: Carrier) -> None:
    """All do one part, then all the next; who waits for something else is not waited for."""
    seen: list[tuple[int, str]] = []
    last_is_there = Signal()

    def work(number: int) -> None:
        seen.append((number, "begins"))
        let_others_catch_up()
        seen.append((number, "goes on"))
        if number == 0:
            assert last_is_there.wait(5)
        let_others_catch_up()
        seen.append((number, "ends"))
        if number == 2:
            last_is_there.give()

    carrier.run(*(partial(work, number) for number in range(3)))
    beginning = [(number, what) for what in ("begins", "goes on") for number in range(3)]
    assert seen == [*beginning, (1, "ends"), (2, "ends"), (0, "ends")]


def test_in_a_plain_thread_nobody_is_let_ahead() -> None:
    """There are no others, so it returns."""
    let_others_catch_up()


def test_other_threads_wake_it(carrier: Carrier) -> None:
    """Signals that they give end the sleep of the thread, whenever they come."""
    signals = [Signal() for _ in range(200)]

    def give() -> None:
        for one in signals:
            one.give()

    given: list[bool] = []
    with ThreadPoolExecutor() as pool:
        carrier.run(
            *(partial(lambda one: given.append(one.wait(10)), one) for one in signals),
            lambda: pool.submit(give),
        )
    assert given == [True] * 200


@pytest.mark.parametrize("in_fiber", [True, False])
def test_a_signal_is_the_same_everywhere(carrier: Carrier, in_fiber: bool) -> None:
    """Given before, it is there; given twice, it is taken at once; not given, time is up."""
    results: list[bool] = []

    def work() -> None:
        assert (current_fiber() is not None) == in_fiber
        signal = Signal()
        signal.give()
        signal.give()
        results.append(signal.wait())
        begin = time.monotonic()
        results.append(signal.wait(0.05))
        results.append(time.monotonic() - begin >= 0.05)
        results.append(signal.wait(0))

    carrier.run(work) if in_fiber else work()
    assert results == [True, False, True, False]


def test_a_wait_that_is_over_disturbs_no_later_one(carrier: Carrier) -> None:
    """Neither a signal that came late nor the time of one that came early ends another wait."""
    first, second = Signal(), Signal()
    results: list[bool] = []

    def work() -> None:
        results.append(first.wait(0.05))  # Its time goes by while the next is waited for.
        begin = time.monotonic()
        results.append(second.wait(0.2))
        results.append(time.monotonic() - begin >= 0.2)

    def disturb() -> None:
        first.give()
        Signal().wait(0.1)
        first.give()

    carrier.run(work, disturb)
    assert results == [True, False, True]


def test_what_fails_does_not_cost_the_others(carrier: Carrier) -> None:
    """It is raised where it was let go on, and the fiber has ended."""

    def fail() -> None:
        Signal().wait(0.01)
        raise LookupError

    with pytest.raises(LookupError):
        carrier.run(fail)
    assert not carrier.fibers
    done: list[bool] = []
    carrier.run(lambda: done.append(True))
    assert done == [True]


def test_a_fiber_takes_the_next_work_with_nothing_of_the_last(carrier: Carrier) -> None:
    """Neither its context nor a signal that comes too late reaches it."""
    late = Signal()
    seen: list[object] = []

    def first() -> None:
        seen.append(getcurrent())
        _WHO.set("first")
        assert not late.wait(0.01)
        late._fiber = current_fiber()

    def second() -> None:
        seen.append(getcurrent())
        assert _WHO.get(None) is None
        begin = time.monotonic()
        seen.append(Signal().wait(0.1))
        assert time.monotonic() - begin >= 0.1

    carrier.run(first)
    late.give()
    carrier.run(second, late.give)
    assert seen == [seen[0], seen[0], False]


def test_a_fiber_has_one_timer_however_often_it_waits(carrier: Carrier) -> None:
    """Each that it was resumed before would else be set anew for as long as it goes on waiting."""
    ping, pong = Signal(), Signal()

    def begin() -> None:
        for _ in range(100):
            ping.give()
            assert pong.wait(5)

    def answer() -> None:
        for _ in range(100):
            assert ping.wait(5)
            pong.give()

    carrier.run(begin, answer)
    carrier.run(begin, answer)
    assert len(carrier.fibers._timers) <= 2


def test_a_shorter_wait_ends_in_time_after_a_longer_one(carrier: Carrier) -> None:
    """And a longer one after that, though timers of both are left over."""
    took: list[float] = []
    signal = Signal()

    def work() -> None:
        assert signal.wait(0.15)
        for timeout_s in (0.05, 0.3):
            begin = time.monotonic()
            assert not signal.wait(timeout_s)
            took.append(time.monotonic() - begin)

    carrier.run(work, signal.give)
    assert took[0] >= 0.05
    assert took[1] >= 0.3


def test_few_fibers_are_kept_for_the_next_work(carrier: Carrier) -> None:
    """What many made at once takes no memory for good."""
    used: list[object] = []

    def work() -> None:
        used.append(getcurrent())
        Signal().wait(0.05)

    carrier.run(*[work] * 300)
    carrier.run(*[work] * 300)
    assert len(set(used[:300])) == 300
    assert len(set(used)) == 344


def test_a_descriptor_is_watched_meanwhile(carrier: Carrier) -> None:
    """Whoever watches is told each time, and by itself never ends the work of all."""
    seen: list[bytes] = []
    here, there = socket.socketpair()

    def listen() -> None:
        fiber = current_fiber()
        assert fiber
        with fiber.fibers.watching(here.fileno()) as can_be_read:
            while can_be_read.wait():
                seen.append(here.recv(9))

    def work() -> None:
        fiber = current_fiber()
        assert fiber
        fiber.fibers.start_beside(listen)
        for word in (b"one", b"two"):
            there.send(word)
            Signal().wait(0.2)

    with here, there:
        carrier.run(work)
    assert seen == [b"one", b"two"]
