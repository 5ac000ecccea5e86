"""How the queues are doing, for people: depth, wait, workers, failures. Changes nothing in Redis.

Every command takes the same time, however many jobs wait or have failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from redis.client import Pipeline
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from alerting.masking import masked_text
from tasks import failure
from tasks.connection import connect
from tasks.envelope import Envelope
from tasks.errors import NotJson, QueueUnavailable, SealBroken
from tasks.job import Job
from tasks.packed import Result, failure_of
from tasks.queue_state import Failure, Overview, QueueState
from tasks.rq_queue import Queue
from tasks.serializer import Serializer
from tasks.settings import TasksSettings

_MOST_FAILURES = 8
_MOST_CHARACTERS = 200
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def open_overview(settings: TasksSettings) -> "RedisOverview":
    """Return the view of the settings' queues; nothing connects before it is used."""
    return RedisOverview(connect(settings))


class RedisOverview:
    """What RQ's layout says of its queues; keeps :class:`tasks.ports.QueueOverview`."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection

    def look(self, queues: Sequence[str]) -> Overview:
        """Return how these queues are doing now; raises QueueUnavailable."""
        try:
            counted = [self._counted(name) for name in queues]
            alive = self._alive({worker for one in counted for worker in one.workers})
            firsts = self._enqueued([one.first for one in counted])
            failures = self._failures([job_id for one in counted for job_id in one.failed])
        except redis.RedisError as error:
            raise QueueUnavailable from error
        return Overview(
            queues=tuple(
                QueueState(
                    name=one.name,
                    queued=one.queued,
                    started=one.started,
                    workers=len(one.workers & alive),
                    wait_s=_since(first),
                )
                for one, first in zip(counted, firsts, strict=True)
            ),
            failures=failures,
            workers=len(alive),
        )

    def _counted(self, name: str) -> "_Counted":
        queue = Queue(name, self._redis)
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.llen(queue.key)
            pipeline.lindex(queue.key, 0)
            pipeline.zcard(StartedJobRegistry(queue=queue).key)
            # The score is when a failed job is forgotten, and that is as long after for all.
            pipeline.zrevrange(FailedJobRegistry(queue=queue).key, 0, _MOST_FAILURES - 1)
            pipeline.smembers(WORKERS_BY_QUEUE_KEY % name)
            queued, first, started, failed, workers = pipeline.execute()
        return _Counted(
            name=name,
            queued=queued,
            first=None if first is None else first.decode(errors="replace"),
            started=started,
            failed=[job_id.decode(errors="replace") for job_id in failed],
            workers=frozenset(workers),
        )

    def _alive(self, workers: set[bytes]) -> set[bytes]:
        """Return the workers whose sign of life has not expired."""
        known = sorted(workers)
        with self._redis.pipeline(transaction=False) as pipeline:
            for worker in known:
                pipeline.exists(worker)
            return {
                worker for worker, lives in zip(known, pipeline.execute(), strict=True) if lives
            }

    def _enqueued(self, job_ids: Sequence[str | None]) -> list[datetime | None]:
        with self._redis.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                pipeline.hget(Job.key_for(job_id or ""), "enqueued_at")
            return [_moment(text) for text in pipeline.execute()]

    def _failures(self, job_ids: Sequence[str]) -> tuple[Failure, ...]:
        with self._redis.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                _ask_about(pipeline, job_id)
            answers = iter(pipeline.execute())
        found = [
            _failure(job_id, fields, results)
            for job_id, fields, results in zip(job_ids, answers, answers, strict=False)
        ]
        return tuple(
            sorted(found, key=lambda one: one.ended_at or _LONG_AGO, reverse=True)[:_MOST_FAILURES]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    name: str
    queued: int
    first: str | None
    started: int
    failed: list[str]
    workers: frozenset[bytes]


def _ask_about(pipeline: Pipeline, job_id: str) -> None:
    pipeline.hmget(Job.key_for(job_id), ["meta", "ended_at"])
    pipeline.xrevrange(Result.get_key(job_id), count=1)  # type: ignore[no-untyped-call]


def _failure(job_id: str, fields: list[bytes | None], results: list[Any]) -> Failure:
    meta, ended_at = fields
    envelope = Envelope.of(job_id, _loaded(meta))
    return Failure(
        job_id=job_id,
        task=_shown(envelope.task),
        caller=_shown(envelope.caller),
        ended_at=_moment(ended_at),
        reason=next((_reason(stored) for _, stored in results), ""),
    )


def _loaded(meta: bytes | None) -> object:
    try:
        return Serializer.loads(meta or b"null")
    except NotJson:
        return None


def _reason(stored: dict[bytes, bytes]) -> str:
    """Return the type of the error; empty where others stored the failure otherwise."""
    try:
        return _shown(failure.reason(failure_of(stored) or ""))
    except SealBroken:
        return ""


def _shown(text: str | None) -> str:
    """Return a text masked and cut off: who can write to Redis can write anything there."""
    return masked_text((text or "")[:_MOST_CHARACTERS])


def _moment(text: bytes | None) -> datetime | None:
    """Return a moment as RQ writes it, always in UTC."""
    try:
        return datetime.fromisoformat((text or b"").decode()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _since(moment: datetime | None) -> float | None:
    """Return how many seconds ago it was; never fewer than none, as clocks differ."""
    if moment is None:
        return None
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())
