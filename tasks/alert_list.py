"""The alerts in Redis that wait to be handled, and those that a job has taken. Knows no alert.

What a job takes lies in a list of its own until each entry is done with, so that a job that is
delivered again goes on with the rest; what a job leaves behind for good goes back.
"""

from collections.abc import Sequence
from typing import cast

import redis
from rq.job import Job, JobStatus
from rq.utils import as_text

from tasks.keyspace import ALERTS, ALERTS_REFUSED, ALERTS_TAKERS, taken_key
from tasks.transaction import Command

_MOST = 2000
_MOST_BYTES = 8 * 2**20
_PENDING = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED}

# One step, so that no entry is in no list at any time. To move a thousand one by one keeps Redis
# from all others for three milliseconds, so that is done only where it must not be all of them.
_TAKE = """
if redis.call('EXISTS', KEYS[2]) == 1 then return end
local most, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local waiting = redis.call('LLEN', KEYS[1])
if waiting == 0 then return end
redis.call('SADD', KEYS[3], ARGV[3])
if waiting <= most and redis.call('MEMORY', 'USAGE', KEYS[1], 'SAMPLES', 0) <= most_bytes then
    redis.call('RENAME', KEYS[1], KEYS[2])
    return
end
local bytes, count = 0, 0
while count < most and bytes < most_bytes do
    local entry = redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')
    if not entry then break end
    bytes, count = bytes + #entry, count + 1
end
"""
_GIVE_BACK = """
while redis.call('LMOVE', KEYS[2], KEYS[1], 'RIGHT', 'LEFT') do end
redis.call('SREM', KEYS[3], ARGV[1])
"""


def put(entry: bytes) -> Command:
    """Return what adds an entry, as a part of a transaction."""
    return ("RPUSH", ALERTS, entry)


def is_pending(connection: redis.Redis, job_id: str) -> bool:
    """Tell whether a job is still to run, or runs."""
    status = cast("bytes | None", connection.hget(Job.key_for(job_id), "status"))
    return status is not None and as_text(status) in _PENDING


class AlertList:
    """The list as the jobs that handle alerts see it; raises RedisError."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def take(self, job_id: str) -> list[bytes]:
        """Take some entries for a job, or return what it has taken and not done with."""
        keys = (ALERTS, taken_key(job_id), ALERTS_TAKERS)
        with self._redis.pipeline() as pipeline:
            pipeline.eval(_TAKE, 3, *keys, str(_MOST), str(_MOST_BYTES), job_id)
            pipeline.lrange(taken_key(job_id), 0, -1)
            _, taken = pipeline.execute()
        return cast("list[bytes]", taken)

    def done(self, job_id: str, count: int, *, refused: Sequence[bytes] = ()) -> None:
        """Forget the first entries that a job has taken.

        Those of them that were refused are put where a person may look at them.
        """
        with self._redis.pipeline() as pipeline:
            if refused:
                pipeline.rpush(ALERTS_REFUSED, *refused)
            pipeline.ltrim(taken_key(job_id), count, -1)
            pipeline.execute()

    def give_back(self, job_id: str) -> None:
        """Let other jobs take what a job has taken and not done with."""
        self._redis.eval(_GIVE_BACK, 3, ALERTS, taken_key(job_id), ALERTS_TAKERS, job_id)

    def give_back_lost(self, *, but: str) -> None:
        """Give back what all jobs have taken that will not go on, one excepted."""
        takers = cast("set[bytes]", self._redis.smembers(ALERTS_TAKERS))
        for taker in map(as_text, takers):
            if taker != but and not is_pending(self._redis, taker):
                self.give_back(taker)

    def __len__(self) -> int:
        return self._redis.llen(ALERTS)
