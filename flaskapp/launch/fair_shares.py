"""How many connections each gateway process has: shared memory of those that were forked together.

Whichever process is awake accepts a connection, so that one could have nearly all of many that come
at once, and the others nothing to do. Knows neither sockets nor HTTP.
"""

import mmap
import struct
import time

_SLOT = struct.Struct("<dI")  # when that was, on the monotonic clock; connections
_SLOTS = 256
_HEARD_WITHIN_S = 3.0
"""Who has said nothing for longer is gone, or too busy to take any."""


_SLACK = 8
"""An eighth more than another has is fair enough."""


class FairShares:
    """Made before the processes are forked; each has a number of its own among them."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)

    def say(self, number: int, connections: int) -> None:
        """Tell the others how many connections a process has; to be repeated every second."""
        place = number % _SLOTS * _SLOT.size
        _SLOT.pack_into(self._memory, place, time.monotonic(), connections)

    def has_more(self, number: int, connections: int) -> bool:
        """Return whether another process should take the next connection, as it has far fewer."""
        since = time.monotonic() - _HEARD_WITHIN_S
        return any(
            said_at > since and theirs + theirs // _SLACK < connections
            for slot, (said_at, theirs) in enumerate(_SLOT.iter_unpack(self._memory))
            if slot != number % _SLOTS
        )
