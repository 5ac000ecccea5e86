"""Fibers: whoever waits in one leaves its thread to the others meanwhile.

A request mostly waits for its job. With a thread for each, the system changes threads ten times a
request, and each finds the processor's caches full of what others did. Here one thread goes from
one request to the next, where one waits by a :class:`Signal`; what keeps a thread in any other way
for longer than a moment is done :func:`aside`. Both do in a plain thread what they always did, so
that nobody who calls them has to know where they run. Knows neither requests nor jobs.
"""

import heapq
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TypeVar

from greenlet import getcurrent, greenlet

Result = TypeVar("Result")

_MOST_RESTING = 256
"""How many fibers without work are kept, some 20 KiB each."""

Watch = Callable[[int, Callable[[], None] | None], None]
"""Has a thread call something whenever a descriptor can be read, or with None no longer."""


class Fiber(greenlet):  # type: ignore[misc] # greenlet has no types
    """Does a piece of work among those of one thread, then maybe another.

    For a new one Python maps memory, which the system takes back from all processors at its end.
    """

    is_waiting = False
    wakes_at = math.inf
    """The first time at which it is let go on: it is that of one timer, however often it waits."""
    work: Callable[[], object] | None = None

    def __init__(self, fibers: "Fibers", *, parent: greenlet) -> None:
        super().__init__(parent=parent)
        self.fibers = fibers

    def run(self) -> None:
        """Do one work after the other, each in a context of its own."""
        while work := self.work:
            self.work = None
            Context().run(work)
            del work  # What it holds is not kept until the next one.
            self.fibers.rest(self)


class Fibers:
    """The fibers of the thread that makes this object.

    That thread starts them, lets them go on, and sleeps while there is nothing to do. ``wake`` is
    called from others, and ends its sleep; so does a descriptor that is watched. What is done aside
    is done in the pool, what may take long in another one: there it may wait for what fibers have
    done aside.
    """

    def __init__(
        self, *, wake: Callable[[], None], watch: Watch, pool: Executor, long_pool: Executor
    ) -> None:
        self._wake = wake
        self._watch = watch
        self._pool = pool
        self._long_pool = long_pool
        self._main = getcurrent()
        self._due: deque[Fiber] = deque()
        self._timers: list[tuple[float, int, Fiber]] = []
        self._numbers = count()
        self._is_asleep = False
        self._running: set[Fiber] = set()
        self._resting: list[Fiber] = []

    def __len__(self) -> int:
        """Return how many there are that have not ended."""
        return len(self._running)

    def start(self, work: Callable[[], object]) -> None:
        """Do the work until it first waits; what it raises is raised here or where it goes on."""
        fiber = self._fiber(work)
        self._running.add(fiber)
        self._go_on(fiber)

    def start_beside(self, work: Callable[[], object]) -> None:
        """Have work begun that is for the others and never ends; fibers may call this."""
        fiber = self._fiber(work)
        fiber.is_waiting = True
        self._due.append(fiber)

    def rest(self, fiber: Fiber) -> None:
        """Note that a fiber has done its work; return when it has another, or is to end."""
        self._running.discard(fiber)
        if len(self._resting) < _MOST_RESTING:
            self._resting.append(fiber)
            self._main.switch()

    def go_on(self) -> None:
        """Let those go on for which something was given, or whose time is up."""
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            at, _, fiber = heapq.heappop(self._timers)
            if at == fiber.wakes_at:  # Otherwise another one came first.
                fiber.wakes_at = math.inf
                self._due.append(fiber)
        while self._due:
            fiber = self._due.popleft()
            if fiber.is_waiting:
                self._go_on(fiber)

    def begin_sleep(self) -> float:
        """Return for how many seconds to sleep, infinity when only others may end that."""
        self._is_asleep = True
        if self._due:  # It came before they were told to wake this thread.
            return 0.0
        if not self._timers:
            return math.inf
        return max(0.0, self._timers[0][0] - time.monotonic())

    def end_sleep(self) -> None:
        """Let others no longer wake this thread."""
        self._is_asleep = False

    def resume(self, fiber: Fiber) -> None:
        """Let a fiber look again whether it has what it waits for; any thread may call this."""
        self._due.append(fiber)
        if self._is_asleep:
            self._is_asleep = False
            self._wake()

    def wait(self, fiber: Fiber, *, until: float) -> None:
        """Leave the thread to others, and return when resumed or at a monotonic time, or sooner."""
        if until < fiber.wakes_at:
            fiber.wakes_at = until
            heapq.heappush(self._timers, (until, next(self._numbers), fiber))
        self._leave(fiber)

    def give_way(self, fiber: Fiber) -> None:
        """Let those go on that can, each until it waits or gives way itself; then return."""
        self._due.append(fiber)
        self._leave(fiber)

    @contextmanager
    def watching(self, descriptor: int) -> Iterator["Signal"]:
        """Give a signal that is given whenever a descriptor can be read."""
        can_be_read = Signal()
        self._watch(descriptor, can_be_read.give)
        try:
            yield can_be_read
        finally:
            self._watch(descriptor, None)

    def do_aside(self, work: Callable[[], Result], *, is_long: bool) -> Result:
        """Have a thread do the work, in the fiber's context, and wait for it."""
        done, pool = Signal(), self._long_pool if is_long else self._pool
        future: Future[Result] = Future()
        future.add_done_callback(lambda _: done.give())
        do = partial(_do_once, [partial(copy_context().run, work)], future)
        try:
            pool.submit(do)
        except RuntimeError:  # The process ends, or the system gives it no more threads.
            do()  # Unless the pool has taken it all the same.
        done.wait()
        return future.result()

    def _fiber(self, work: Callable[[], object]) -> Fiber:
        fiber = self._resting.pop() if self._resting else Fiber(self, parent=self._main)
        fiber.work = work
        return fiber

    def _leave(self, fiber: Fiber) -> None:
        """Leave the thread to others, and return when the fiber is let go on."""
        fiber.is_waiting = True
        self._main.switch()

    def _go_on(self, fiber: Fiber) -> None:
        fiber.is_waiting = False
        try:
            fiber.switch()
        finally:
            if fiber.dead:
                self._running.discard(fiber)


class Signal:
    """What one thread or fiber waits for, and any may give, also before; it is not counted."""

    def __init__(self) -> None:
        # Its wait costs a fraction of an Event's, which matters once for each request.
        self._given: SimpleQueue[None] = SimpleQueue()
        self._fiber: Fiber | None = None

    def give(self) -> None:
        """Let whoever waits go on, now or as soon as somebody does."""
        self._given.put(None)
        if fiber := self._fiber:
            fiber.fibers.resume(fiber)

    def wait(self, timeout_s: float = math.inf) -> bool:
        """Return whether it was given by then, and take all that was."""
        if fiber := current_fiber():
            self._wait_in(fiber, until=time.monotonic() + timeout_s)
        try:
            if fiber:
                self._given.get_nowait()
            else:
                self._given.get(timeout=timeout_s if timeout_s < math.inf else None)
            while not self._given.empty():
                self._given.get_nowait()
        except Empty:
            return False
        return True

    def _wait_in(self, fiber: Fiber, *, until: float) -> None:
        self._fiber = fiber  # From here on it is told, so that none is missed.
        while self._given.empty() and time.monotonic() < until:
            fiber.fibers.wait(fiber, until=until)
        self._fiber = None


def _do_once(todo: list[Callable[[], Result]], future: Future[Result]) -> None:
    """Do the work, unless it was taken from the list before, and keep what it returns or raises."""
    try:
        work = todo.pop()
    except IndexError:
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever waits raises it again
        future.set_exception(error)


def current_fiber() -> Fiber | None:
    """Return the fiber that calls this, None in a plain thread."""
    current = getcurrent()
    return current if isinstance(current, Fiber) else None


def let_others_catch_up() -> None:
    """Let the other fibers come as far as this one, those that wait for nothing else.

    A request needs more code and data than a processor's caches hold. Where each of several does
    one part of it after the other, all but the first find there what that part needs (cohort
    scheduling: Larus and Parkes, USENIX 2002). Not to be called where others wait for this one.
    """
    fiber = current_fiber()
    if fiber:
        fiber.fibers.give_way(fiber)


def aside(work: Callable[[], Result], *, is_long: bool = False) -> Result:
    """Do what may keep its thread, in another one where other fibers would wait for it.

    It is long when it depends on a client, or may itself wait for what is done aside.
    """
    fiber = current_fiber()
    return fiber.fibers.do_aside(work, is_long=is_long) if fiber else work()
