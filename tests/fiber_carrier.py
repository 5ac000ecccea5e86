"""A test's own thread as one that has fibers."""

import math
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from alerting.fibers import Fibers, Signal

_LOOK_EVERY_S = 0.01


class Carrier:
    """The test's thread, with fibers that are let go on until all have ended.

    It looks every hundredth of a second whether descriptors that are watched can be read.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, long_pool: ThreadPoolExecutor | None = None
    ) -> None:
        self._awake = threading.Semaphore(0)
        self._watched: dict[int, Callable[[], None]] = {}
        self.fibers = Fibers(
            wake=self._awake.release, watch=self._watch, pool=pool, long_pool=long_pool or pool
        )

    def _watch(self, descriptor: int, tell: Callable[[], None] | None) -> None:
        if tell:
            self._watched[descriptor] = tell
        else:
            del self._watched[descriptor]

    def run(self, *works: Callable[[], object]) -> None:
        """Start all of them and return at the end of the last."""
        for one in works:
            self.fibers.start(one)
        while self.fibers:
            self.fibers.go_on()
            sleep_s = self.fibers.begin_sleep()
            if self.fibers and self._watched:
                self._awake.acquire(timeout=min(sleep_s, _LOOK_EVERY_S))
                for descriptor in select.select(list(self._watched), [], [], 0)[0]:
                    self._watched[descriptor]()
            elif self.fibers:
                assert self._awake.acquire(timeout=min(sleep_s, 10)) or sleep_s < math.inf
            self.fibers.end_sleep()


def pauses(*, for_s: float) -> list[float]:
    """Return how long the others kept the thread, each time that the fiber gave it to them."""
    taken, before = [0.0], time.monotonic()
    end = before + for_s
    while before < end:
        Signal().wait(0.01)
        before, last = time.monotonic(), before
        taken.append(before - last)
    return taken
