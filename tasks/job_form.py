"""New jobs as RQ stores them, on a form that RQ fills in once for each task. Knows no connection.

RQ makes a job of some thirty fields, of which six differ between two jobs of one task.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import redis
import rq
from rq.utils import now, utcformat

from alerting.finding import JsonValue
from tasks import group
from tasks.announcement import WAITER_FIELD
from tasks.envelope import Envelope
from tasks.group import Place
from tasks.job import Job
from tasks.registry import Task
from tasks.rq_queue import Queue
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
        return cls(
            path=task.path,
            queue=queue,
            timeout_s=timeout_s,
            fields=words_of(fields),
        )

    def commands(
        self, payload: JsonValue, *, envelope: Envelope, waiter: str, keys: KeyRing, ttl_s: int
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
            *(WAITER_FIELD, waiter),
        )
        return [
            ("SADD", rq.Queue.redis_queues_keys, self.queue.key),
            ("HSET", key, *self.fields, *own),
            ("EXPIRE", key, str(ttl_s)),
            ("RPUSH", self.queue.key, envelope.job_id),
        ]


class JobForms:
    """The forms of all tasks, each made with the first job of its task."""

    def __init__(self, settings: TasksSettings, connection: redis.Redis, *, keys: KeyRing) -> None:
        self._settings = settings
        self._redis = connection
        self._keys = keys
        self._job_class = Job.sealed_by(keys)
        self._forms: dict[object, JobForm] = {}

    def queued_s(self, task: Task) -> float:
        """Return for how many seconds a job of the task may be queued."""
        return self._settings.job_ttl if task.ttl_s is None else task.ttl_s

    def commands(
        self,
        task: Task,
        payload: JsonValue,
        *,
        envelope: Envelope,
        place: Place | None,
        waiter: str,
    ) -> list[Command]:
        """Return what stores a job, puts it on its queue and in its group; raises NotJson."""
        form = self._form(task)
        # Beyond its deadline it is kept, to be shown, like any job that has failed.
        ttl_s = math.ceil(self.queued_s(task)) + self._settings.failure_ttl
        commands = form.commands(
            payload, envelope=envelope, waiter=waiter, keys=self._keys, ttl_s=ttl_s
        )
        if place is None:
            return commands
        kept_s = max(self._settings.result_ttl, self._settings.failure_ttl)
        life_s = ttl_s + form.timeout_s + kept_s
        return [*commands, *group.join(place, envelope.job_id, ttl_s=life_s)]

    def _form(self, task: Task) -> JobForm:
        same = task.path, task.name, task.queue, task.timeout_s
        if same not in self._forms:
            queue = Queue(task.queue, self._redis, job_class=self._job_class)
            self._forms[same] = JobForm.of(task, queue, settings=self._settings)
        return self._forms[same]


def words_of(fields: Mapping[str, object]) -> tuple[str | bytes, ...]:
    """Return names and values of fields in turn, as Redis takes them."""
    return tuple(word for name, value in fields.items() for word in (name, _written(value)))


def _written(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else str(value)).encode()
