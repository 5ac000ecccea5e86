"""How far a task has come, as it says itself with :func:`progress`. Knows no HTTP."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import redis
import rq.job

from alerting.log import event
from tasks.job_state import Progress
from tasks.keyspace import PROGRESS_CHANNEL

_log = logging.getLogger(__name__)

PROGRESS_FIELD = "progress"
"""Field of a job's hash in Redis; RQ leaves it alone, and it goes with the job."""

_EVERY_S = 0.2
# A job that was deleted meanwhile must not come back as a hash of one field that never expires.
_TELL = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[4])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears of the progress of one job."""

    job_id: str
    tell: Callable[[Progress], None]


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_told: ContextVar[tuple[str, float] | None] = ContextVar("told", default=None)


def progress(done: int, total: int) -> None:
    """Say how far the running task has come, as in ``progress(3, 10)``.

    Call it as often as you like: what comes sooner than 0.2 seconds after the last is left out,
    unless it is the end. Outside a job nobody listens. Raises ValueError unless both are whole
    numbers and 0 <= done <= total <= 1,000,000,000, so that no value of a payload passes for them.
    """
    report = Progress(done=done, total=total)
    listener = _listener.get() or _listener_of(rq.job.get_current_job())
    if listener and (done == total or not _was_told_just_now(listener.job_id)):
        _told.set((listener.job_id, time.monotonic()))
        listener.tell(report)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let the listener hear of what runs in this context."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def read_progress(stored: bytes | None) -> Progress | None:
    """Return the progress from what is stored with a job; None where that is nothing or broken."""
    try:
        done, _, total = (stored or b"").decode().partition("/")
        return Progress(done=int(done), total=int(total))
    except ValueError:
        return None


def has_told(job_id: str) -> bool:
    """Return whether the job, which this context ran last, has told of its progress here."""
    told = _told.get()
    return told is not None and told[0] == job_id


def _was_told_just_now(job_id: str) -> bool:
    told = _told.get()
    return told is not None and told[0] == job_id and time.monotonic() - told[1] < _EVERY_S


def _listener_of(job: rq.job.Job | None) -> Listener | None:
    return None if job is None else Listener(job_id=job.id, tell=partial(_tell_redis, job))


def _tell_redis(job: rq.job.Job, report: Progress) -> None:
    """Store and publish it; a task goes on where that fails."""
    written = f"{report.done}/{report.total}"
    try:
        job.connection.eval(_TELL, 1, job.key, PROGRESS_FIELD, written, PROGRESS_CHANNEL, job.id)
    except redis.RedisError as error:
        event(
            _log,
            "progress lost",
            level=logging.WARNING,
            job_id=job.id,
            reason=type(error).__name__,
        )
