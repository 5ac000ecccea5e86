"""What Redis holds of a job, and the state that it says. Knows no waiting and sends no command."""

import logging
from dataclasses import dataclass, replace
from typing import Any, Self

import redis
import rq.results
from redis.client import Pipeline

from alerting.log import event
from tasks.deadline import seconds_to_end
from tasks.envelope import Envelope
from tasks.errors import JobNotFound, NotJson, SealBroken
from tasks.job import Job
from tasks.job_progress import PROGRESS_FIELD, read_progress
from tasks.job_state import JobState, JobStatus
from tasks.packed import Result
from tasks.sealing import KeyRing
from tasks.serializer import Serializer
from tasks.stored_status import status_of

_log = logging.getLogger(__name__)


def ask(pipeline: Pipeline, job_id: str) -> None:
    """Add to the pipeline the two commands whose answers :meth:`Stored.of` understands."""
    pipeline.hmget(Job.key_for(job_id), ["status", "meta", PROGRESS_FIELD])
    pipeline.xrevrange(Result.get_key(job_id), count=1)  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Fields of a job's hash and the newest entry of its results, as they were read."""

    job_id: str
    status: bytes
    meta: bytes
    progress: bytes | None
    results: list[tuple[bytes, dict[bytes, bytes]]]

    @classmethod
    def of(cls, job_id: str, hash_fields: Any, results: Any) -> Self:
        """Return what was read by :func:`ask`; raises JobNotFound."""
        status, meta, progress = hash_fields
        if status is None or meta is None:
            raise JobNotFound
        return cls(job_id=job_id, status=status, meta=meta, progress=progress, results=results)

    def state(self, *, keys: KeyRing, connection: redis.Redis) -> JobState:
        """Return the job's state; a result that is not ours is reported, and a failure.

        Raises JobNotFound when the result of a finished job is gone.
        """
        envelope = Envelope.of(self.job_id, _meta(self.meta))
        try:
            state = self._state(envelope, keys=keys, connection=connection)
        except SealBroken as error:
            reason = f"{type(error).__module__}.{type(error).__qualname__}"
            event(_log, "result refused", level=logging.ERROR, job_id=self.job_id, reason=reason)
            state = envelope.state(JobStatus.FAILED)
        return replace(state, progress=read_progress(self.progress)) if self.progress else state

    def _state(self, envelope: Envelope, *, keys: KeyRing, connection: redis.Redis) -> JobState:
        """Return the state; raises JobNotFound, and SealBroken for a result that is not ours."""
        result = self._result(connection)
        status = status_of(
            self.status.decode(errors="replace"), result.exc_string if result else None
        )
        if status is JobStatus.QUEUED and not seconds_to_end(envelope.deadline):
            return envelope.state(JobStatus.EXPIRED)
        if status is not JobStatus.FINISHED:
            return envelope.state(status)
        if result is None:
            raise JobNotFound
        return envelope.state(status, envelope.open_result(result.return_value, keys=keys))

    def _result(self, connection: redis.Redis) -> rq.results.Result | None:
        if not self.results:
            return None
        (result_id, fields), *_ = self.results
        return Result.restore(
            self.job_id, result_id.decode(), fields, connection=connection, serializer=Serializer
        )


def _meta(stored: bytes) -> object:
    try:
        return Serializer.loads(stored)
    except NotJson:
        return None
