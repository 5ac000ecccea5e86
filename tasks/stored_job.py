"""Jobs as a worker has them from Redis. Of an ordinary one it reads only what running it takes.

Ordinary is a job as a gateway stores it that has not run yet: without retries, repeats, callbacks,
dependencies, limits or a place in one of RQ's groups.
"""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, Self

import redis
import rq.job

from tasks.announcement import WAITER_FIELD
from tasks.envelope import Envelope
from tasks.errors import NotJson
from tasks.job import Job
from tasks.sealing import MARK
from tasks.serializer import Serializer

_EMPTY = (
    *(b"started_at", b"ended_at", b"last_heartbeat", b"worker_name", b"group_id"),
    *(b"success_callback_name", b"failure_callback_name", b"stopped_callback_name"),
)
_TIMES = (b"created_at", b"enqueued_at")
_NUMBERS = (b"timeout", b"result_ttl", b"failure_ttl", b"ttl")
_WAITER = WAITER_FIELD.encode()
_OTHERS = (b"data", b"description", b"origin", b"status", b"meta", _WAITER)
ORDINARY = frozenset((*_EMPTY, *_TIMES, *_NUMBERS, *_OTHERS))
"""The fields of an ordinary job."""

_empty_of, _times_of, _numbers_of = (itemgetter(*names) for names in (_EMPTY, _TIMES, _NUMBERS))

_QUEUED = rq.job.JobStatus.QUEUED.value.encode()
# What RQ reads or sets of a job while it runs and ends well.
_BLANK: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("_data", "_func_name", "_instance", "_args", "_kwargs"),
            *("_success_callback", "_failure_callback", "_stopped_callback"),
        ),
        rq.job.UNEVALUATED,
    ),
    **dict.fromkeys(
        (
            *("_success_callback_name", "_failure_callback_name", "_stopped_callback_name"),
            *("_success_callback_timeout", "_failure_callback_timeout"),
            *("started_at", "ended_at", "last_heartbeat", "worker_name", "_result"),
        )
    ),
    "serializer": Serializer,
    "log": rq.job.logger,
    "is_ordinary": True,
    "_said": None,
    "_returned": None,
    "_status": rq.job.JobStatus.QUEUED,
}


class StoredJob(Job):
    """A job that keeps what Redis holds of it, so that it can be handed on without asking again."""

    stored: Any = None
    is_ordinary: bool = False
    """Whether most of the job is still to be read."""

    _size = 0
    _said: tuple[dict[str, Any], Envelope] | None = None

    @classmethod
    def read(cls, job_id: str, stored: Mapping[bytes, bytes], connection: redis.Redis) -> Self:
        """Return the job that is stored so; raises NoSuchJobError."""
        known = _known(stored)
        if known is None:
            job = cls(job_id, connection=connection, serializer=Serializer)
            job.restore(stored)
            return job
        rq.job.validate_job_id(job_id)
        job = cls.__new__(cls)
        fields = vars(job)
        fields.update(_BLANK, _id=job_id, stored=stored, connection=connection, **known)
        fields["_size"] = len(fields) + 1
        return job

    def restore(self, raw_data: Any) -> None:
        """Read the job."""
        self.stored = raw_data
        super().restore(raw_data)

    def __getattr__(self, name: str) -> Any:
        """Read the rest of an ordinary job; what is known of it is newer."""
        if not self.is_ordinary:
            raise AttributeError(name, name=name, obj=self)
        whole = type(self)(self.id, connection=self.connection, serializer=Serializer)
        whole.restore(self.stored)
        vars(self).update(vars(whole) | vars(self), is_ordinary=False)
        return getattr(self, name)

    @property
    def _envelope(self) -> Envelope:
        """What the job says of itself, made anew only if its meta has changed."""
        if self._said is None or self._said[0] != self.meta:
            self._said = dict(self.meta), super()._envelope
        return self._said[1]

    @property
    def is_as_read(self) -> bool:
        """Whether the job is an ordinary one that its task has neither looked at nor changed."""
        return (
            self.is_ordinary
            and len(vars(self)) == self._size
            and not self.webhooks
            and str(self.timeout).encode() == self.stored[b"timeout"]
            and str(self.result_ttl).encode() == self.stored[b"result_ttl"]
        )


def _known(stored: Mapping[bytes, bytes]) -> dict[str, Any] | None:
    """Return what is read of an ordinary job, or None if it is none or RQ could not read it."""
    if stored.keys() != ORDINARY or any(_empty_of(stored)):
        return None
    data = stored[b"data"]
    if stored[b"status"] != _QUEUED or not data.startswith(MARK) or not stored[_WAITER]:
        return None
    try:
        timeout, result_ttl, *_ = map(int, _numbers_of(stored))
        for time in _times_of(stored):
            datetime.fromisoformat(time.decode())
        meta = Serializer.loads(stored[b"meta"])
        stored[b"description"].decode()
        return {
            "_data": data,
            "origin": stored[b"origin"].decode(),
            "waiter": str(stored[_WAITER], "ascii", "replace"),
            "timeout": timeout,
            "result_ttl": result_ttl,
            "meta": meta if isinstance(meta, dict) else {},
            "webhooks": [],
        }
    except (ValueError, NotJson):
        return None
