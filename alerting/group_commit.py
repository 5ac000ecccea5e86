"""Threads that keep something at the same time share one transaction. Knows no database, no files.

What costs is the commit, which waits for the disk, and each beginning of the work, which finds the
processor's caches full of other things. So one thread works for all: while it does, what others
bring gathers, and goes into the next transaction together. Where several come together anyway, the
thread waits a moment for more, and another moment as long as more have come in the last.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from alerting.fibers import Signal, aside

Item = TypeVar("Item")
Made = TypeVar("Made")

# How long others are waited for: in times of what the last transaction took, so that nobody waits
# long where the disk is fast and the processor idle, and in seconds at the most.
_GATHER_TIMES = 2
_GATHER_MOST_S = 0.01
# How often that is tried while each comes alone, as a client that sends one request after another.
_TRY_EVERY = 8


class _Waiting(Generic[Item]):
    """An item whose thread waits until it is kept, or cannot be, or the thread is to keep it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.error: BaseException | None = None
        self.turn = Signal()


class GroupCommit(Generic[Item, Made]):
    """Makes something of each item and keeps it, many in a transaction, one call at a time."""

    def __init__(
        self, make: Callable[[Item], Made], keep: Callable[[Sequence[Made]], None]
    ) -> None:
        self._make = make
        self._keep = keep
        self._gathering = threading.Lock()
        self._waiting: list[_Waiting[Item]] = []
        self._is_committing = False
        self._commits = 0
        self._last_count = 0
        self._last_took_s = 0.0

    def __call__(self, item: Item) -> None:
        """Return once the item is kept; raises what making it or its transaction raised."""
        mine = _Waiting(item)
        with self._gathering:
            self._waiting.append(mine)
            is_first, self._is_committing = not self._is_committing, True
        if not is_first:
            mine.turn.wait()
        if not mine.is_done:
            aside(self._commit)
        if mine.error:
            raise mine.error

    def _commit(self) -> None:
        """Keep all that gather, the calling thread's item among them."""
        self._commits += 1
        if self._last_count > 1 or self._commits % _TRY_EVERY == 0:
            self._gather()
        with self._gathering:
            together, self._waiting = self._waiting, []
        begun_s = time.monotonic()
        self._work(together)
        self._last_count, self._last_took_s = len(together), time.monotonic() - begun_s
        with self._gathering:
            following = self._waiting[0] if self._waiting else None
            self._is_committing = following is not None
        if following:
            following.turn.give()
        for one in together:
            one.is_done = True
            one.turn.give()

    def _gather(self) -> None:
        """Wait for more, and again as long as more have come meanwhile."""
        step_s = self._last_took_s * _GATHER_TIMES
        left_s, count = _GATHER_MOST_S, 0
        while left_s > 0 and len(self._waiting) > count:
            count = len(self._waiting)
            time.sleep(min(step_s, left_s))
            left_s -= step_s

    def _work(self, together: Sequence[_Waiting[Item]]) -> None:
        """Keep all of them, those excepted that nothing can be made of."""
        made: list[tuple[_Waiting[Item], Made]] = []
        for one in together:
            try:
                made.append((one, self._make(one.item)))
            except Exception as error:  # noqa: BLE001 - its thread raises it again
                one.error = error
        try:
            if made:
                self._keep([what for _, what in made])
        except BaseException as error:  # noqa: BLE001 - each thread raises it again
            for one, _ in made:
                one.error = error
