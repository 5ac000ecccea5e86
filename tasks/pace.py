"""How fast a queue is served: told by its workers, read by whoever predicts a wait.

Knows Redis and names of queues; knows neither RQ's worker nor jobs.
"""

import mmap
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass

from redis.client import Pipeline

from tasks.keyspace import pace_key

# What is older than this counts for little: about half of it is forgotten in twenty seconds.
_MEMORY_S = 30
# An idle worker tells every ten seconds that it is there.
_KEPT_S = 60
# A worker that is given its next job sooner than this has not been idle meanwhile.
_BREATH_S = 0.05
_SUMS = struct.Struct("<qdd")  # jobs that ended, seconds that these took, when one began or 0
_FIELDS = ("jobs", "busy_s", "alive_s", "span_s")

# Sums that fade: of jobs, of seconds that these took, of seconds in which workers were there (two
# workers count double), and of seconds that passed. The clock is the server's.
_TELL = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local old = redis.call('HMGET', KEYS[1], 'jobs', 'busy_s', 'alive_s', 'span_s', 'at')
local passed = math.max(now - (old[5] or now - ARGV[3]), 0)
local keep = math.exp(-passed / ARGV[4])
redis.call('HSET', KEYS[1],
  'jobs', (old[1] or 0) * keep + ARGV[1],
  'busy_s', (old[2] or 0) * keep + ARGV[2],
  'alive_s', (old[3] or 0) * keep + ARGV[3],
  'span_s', (old[4] or 0) * keep + passed,
  'at', string.format('%.6f', now))
return redis.call('EXPIRE', KEYS[1], ARGV[5])
"""


class Pace:
    """What one worker has done since it last told.

    The sums are in memory that it shares with the process of its jobs: that one counts them, and
    the worker tells.
    """

    def __init__(self) -> None:
        self._sums = mmap.mmap(-1, _SUMS.size)
        self._free_at = time.monotonic()
        self._told = 0, 0.0, self._free_at

    def begin(self) -> None:
        """Note that a job begins; the way to it counts, unless there was nothing to do before."""
        now = time.monotonic()
        jobs, busy_s, _ = self._read()
        self._write(jobs, busy_s, now if now - self._free_at > _BREATH_S else self._free_at)

    def end(self) -> None:
        """Note that the job has ended, if one has begun; who saw its process die may do so."""
        jobs, busy_s, begun_at = self._read()
        if begun_at:
            self._free_at = time.monotonic()
            self._write(jobs + 1, busy_s + self._free_at - begun_at, 0)

    def tell(self, pipeline: Pipeline, queue: str) -> None:
        """Add to the pipeline what was done for the queue, and begin anew."""
        jobs, busy_s, _ = self._read()
        before, self._told = self._told, (jobs, busy_s, time.monotonic())
        done = (now - then for now, then in zip(self._told, before, strict=True))
        pipeline.eval(_TELL, 1, pace_key(queue), *done, _MEMORY_S, _KEPT_S)

    def _read(self) -> tuple[int, float, float]:
        jobs, busy_s, begun_at = _SUMS.unpack_from(self._sums)
        return jobs, busy_s, begun_at

    def _write(self, jobs: int, busy_s: float, begun_at: float) -> None:
        self._sums[:] = _SUMS.pack(jobs, busy_s, begun_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many jobs a second the workers of a queue can do; 0 when nobody knows."""

    per_s: float

    @classmethod
    def of(cls, stored: Sequence[bytes | None]) -> "Rate":
        """Return the rate from what :func:`read` has read."""
        jobs, busy_s, alive_s, span_s = (float(one or 0) for one in stored)
        if not (jobs and busy_s and span_s):
            return cls(per_s=0)
        return cls(per_s=jobs / busy_s * alive_s / span_s)


def read(pipeline: Pipeline, queue: str) -> None:
    """Add to the pipeline the command whose answer :meth:`Rate.of` understands."""
    pipeline.hmget(pace_key(queue), *_FIELDS)
