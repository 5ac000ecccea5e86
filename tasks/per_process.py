"""Something that each process has for itself: threads and sockets stay behind in a fork."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class PerProcess(Generic[_T]):
    """Makes the thing of a process when it is first asked for there."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make = make
        self._made: dict[int, _T] = {}

    def get(self) -> _T:
        """Return this process's own."""
        process = os.getpid()
        try:
            return self._made[process]
        except KeyError:
            return self._made.setdefault(process, self._make())
