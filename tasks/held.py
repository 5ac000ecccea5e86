"""What a worker and the process of its jobs know of each other without a word: shared memory.

The process says which execution it has begun, the worker whether it may begin others. Knows
neither jobs nor Redis.
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_PLACE = 4096
_SUM = struct.Struct("<I")
_HEAD = struct.Struct("<d?HH")  # deadline, whether it has begun, lengths of both ids
_WHICH, _RUNS = 3, 4  # Bits of the byte that says what holds.
_LONGEST_ID = (_PLACE - _SUM.size - _HEAD.size) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An execution that a process has begun, and not left for another, or was just handed.

    Until it ``is_begun`` no process is known to have it. It ``is_running`` until its function has
    returned; after that its end is being stored.
    ``kill_at`` is when it has run too long, on the monotonic clock.
    """

    job_id: str
    execution_id: str
    kill_at: float
    is_begun: bool = True
    is_running: bool = True


class Shared:
    """The memory that a worker shares with the processes which it forks later."""

    def __init__(self) -> None:
        # A byte of the worker; one that says which of two places holds what was said last, and
        # whether it runs; one that says whether a job is being taken.
        self._memory = mmap.mmap(-1, 3 * _PLACE)
        self.hold(Held(job_id="", execution_id="", kill_at=float("inf"), is_running=False))

    def open(self) -> None:
        """Let the process go on to further jobs by itself."""
        self._memory[0] = 1

    def close(self) -> None:
        """Let the process begin no further job by itself."""
        self._memory[0] = 0

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Say meanwhile that the process takes a job which is still to be started."""
        self._memory[2] = 1
        try:
            yield
        finally:
            self._memory[2] = 0

    def has_died_taking(self) -> bool:
        """Return whether a process that is gone was taking a job, and forget that."""
        was_taking, self._memory[2] = self._memory[2] == 1, 0
        return was_taking

    @property
    def is_open(self) -> bool:
        """Whether the process may go on to another job by itself."""
        return self._memory[0] == 1

    def hold(self, held: Held) -> None:
        """Say what has begun; ids longer than about 2,000 bytes are cut.

        Whoever dies while saying it has said nothing: it is written beside what was said before.
        """
        words = [one.encode()[:_LONGEST_ID] for one in (held.job_id, held.execution_id)]
        head = _HEAD.pack(held.kill_at, held.is_begun, *map(len, words))
        said = b"".join((head, *words))
        said = _SUM.pack(zlib.crc32(said)) + said
        place = 2 if self._memory[1] & _WHICH == 1 else 1
        self._memory[place * _PLACE : place * _PLACE + len(said)] = said
        self._memory[1] = place | (_RUNS if held.is_running else 0)

    def let_go(self) -> None:
        """Say that the function of what this process has said to have begun has returned."""
        self._memory[1] &= _WHICH

    def held(self) -> Held:
        """Return what was said last, whole even while more is being said."""
        while True:
            which = self._memory[1]
            place = which & _WHICH
            said = self._memory[place * _PLACE : (place + 1) * _PLACE]
            kill_at, is_begun, *lengths = _HEAD.unpack_from(said, _SUM.size)
            first = _SUM.size + _HEAD.size
            second, end = first + lengths[0], first + sum(lengths)
            is_whole = _SUM.unpack_from(said)[0] == zlib.crc32(said[_SUM.size : end])
            if is_whole and self._memory[1] == which:
                return Held(
                    job_id=said[first:second].decode(errors="replace"),
                    execution_id=said[second:end].decode(errors="replace"),
                    kill_at=kill_at,
                    is_begun=is_begun,
                    is_running=bool(which & _RUNS),
                )
