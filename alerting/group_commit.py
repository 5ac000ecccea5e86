"""Threads that keep something at the same time share one transaction. Knows no database, no files.

What costs is the commit, which waits for the disk: while one runs, what all other threads keep
gathers, and goes into the next one together.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Waiting(Generic[Item]):
    """An item whose thread waits until it is kept, or cannot be, or the thread is to keep it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.error: BaseException | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class GroupCommit(Generic[Item]):
    """Keeps items one call at a time, many in a transaction."""

    def __init__(self, keep: Callable[[Sequence[Item]], None]) -> None:
        self._keep = keep
        self._gathering = threading.Lock()
        self._waiting: list[_Waiting[Item]] = []
        self._is_committing = False

    def __call__(self, item: Item) -> None:
        """Return once the item is kept; raises what its transaction raised."""
        mine = _Waiting(item)
        with self._gathering:
            self._waiting.append(mine)
            is_first, self._is_committing = not self._is_committing, True
        if not is_first:
            mine.turn.acquire()
        if not mine.is_done:
            self._commit()
        if mine.error:
            raise mine.error

    def _commit(self) -> None:
        """Keep all that have gathered, the calling thread's item among them."""
        with self._gathering:
            together, self._waiting = self._waiting, []
        error = None
        try:
            self._keep([one.item for one in together])
        except BaseException as raised:  # noqa: BLE001 - each thread raises it again
            error = raised
        with self._gathering:
            following = self._waiting[0] if self._waiting else None
            self._is_committing = following is not None
        if following:
            following.turn.release()
        for one in together:
            one.error, one.is_done = error, True
            one.turn.release()
