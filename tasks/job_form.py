"""New jobs as RQ stores them, on a form that RQ fills in once for each task. Knows no connection.

RQ makes a job of some thirty fields, of which six differ between two jobs of one task.
"""

from dataclasses import dataclass

import rq
from rq.utils import now, utcformat

from alerting.finding import JsonValue
from tasks.envelope import Envelope
from tasks.job import Job
from tasks.registry import Task
from tasks.sealing import KeyRing
from tasks.serializer import Serializer
from tasks.settings import TasksSettings
from tasks.transaction import Command

_OWN = ("created_at", "enqueued_at", "data", "meta", "ttl")
"""Fields that each job has for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobForm:
    """What the jobs of one task have in common."""

    path: str
    queue: rq.Queue
    timeout_s: int
    fields: tuple[str | bytes, ...]
    """Names and values in turn."""

    @classmethod
    def of(cls, task: Task, queue: rq.Queue, *, settings: TasksSettings) -> "JobForm":
        """Return the form for a task on a queue."""
        timeout_s = task.timeout_s or settings.job_timeout
        job = queue.create_job(
            task.path,
            args=(None,),
            timeout=timeout_s,
            result_ttl=settings.result_ttl,
            failure_ttl=settings.failure_ttl,
            description=task.name,
            status=rq.job.JobStatus.QUEUED,
        )
        fields = {name: value for name, value in job.to_dict().items() if name not in _OWN}
        pairs = ((name, _written(value)) for name, value in fields.items())
        return cls(
            path=task.path,
            queue=queue,
            timeout_s=timeout_s,
            fields=tuple(one for pair in pairs for one in pair),
        )

    def commands(
        self, payload: JsonValue, *, envelope: Envelope, keys: KeyRing, ttl_s: int
    ) -> list[Command]:
        """Return what stores a job and puts it on its queue; raises NotJson."""
        call = Serializer.dumps((self.path, None, (payload,), {}))
        key = Job.key_for(envelope.job_id)
        time = utcformat(now())
        own: tuple[str | bytes, ...] = (
            *("created_at", time),
            *("enqueued_at", time),
            *("data", envelope.seal_call(call, origin=self.queue.name, keys=keys)),
            *("meta", Serializer.dumps(envelope.meta)),
            *("ttl", str(ttl_s)),
        )
        return [
            ("SADD", rq.Queue.redis_queues_keys, self.queue.key),
            ("HSET", key, *self.fields, *own),
            ("EXPIRE", key, str(ttl_s)),
            ("RPUSH", self.queue.key, envelope.job_id),
        ]


def _written(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else str(value)).encode()
