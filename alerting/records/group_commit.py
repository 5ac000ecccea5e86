"""Threads that keep records at the same time share one transaction. Knows no database.

What costs is the commit, which waits for the disk: while one runs, the records of all other threads
gather, and go into the next one together.
"""

import threading
from collections.abc import Callable, Sequence

from alerting.records.record import Record


class _Waiting:
    """A record whose thread waits until it is kept, or cannot be."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.is_done = False
        self.error: Exception | None = None


class GroupCommit:
    """Keeps records one call at a time, many in a transaction."""

    def __init__(self, add: Callable[[Sequence[Record]], None]) -> None:
        self._add = add
        self._gathering = threading.Lock()
        self._committing = threading.Lock()
        self._waiting: list[_Waiting] = []

    def __call__(self, record: Record) -> None:
        """Return once the record is kept; raises what its transaction raised."""
        mine = _Waiting(record)
        with self._gathering:
            self._waiting.append(mine)
        with self._committing:
            if not mine.is_done:
                self._commit()
        if mine.error:
            raise mine.error

    def _commit(self) -> None:
        """Keep all that have gathered, the calling thread's record among them."""
        with self._gathering:
            together, self._waiting = self._waiting, []
        error = None
        try:
            self._add([one.record for one in together])
        except Exception as raised:  # noqa: BLE001 - each thread raises it again
            error = raised
        for one in together:
            one.error, one.is_done = error, True
