"""The job that handles alerts: makes sure that one comes whenever there is something to do.

One job handles many alerts, since a job for each would cost as much as the payload's own. So one
comes at once when all was quiet, and after one there is none for a while: the alerts of that time
wait for the clock, unless there are more than a job takes.
"""

import time
from collections import deque
from dataclasses import dataclass

import redis
import rq
from rq.job import JobStatus
from rq.utils import now, utcformat

from tasks import transaction
from tasks.job import Job
from tasks.job_form import words_of
from tasks.keyspace import ALERTS_REST, ALERTS_WAITING
from tasks.rq_queue import Queue
from tasks.sealing import KeyRing
from tasks.settings import TasksSettings
from tasks.transaction import Command

ALERTS_QUEUE = "alerts"
"""The queue of the jobs that record alerts and tell of them."""
HANDLE_PATH = "tasks.system.alerts.handle_alerts"
HANDLE_TASK = "handle-alerts"

# A job that somebody took out of its queue by hand is waited for no longer than this.
_WAITING_S = 30
_PAUSE_S = 1.0
_RETRY_AFTER_S = (1, 5, 15, 60)

# Behind one job that waits already and before all others: recording does not wait for many to be
# told, and in a flood that never ends somebody is told after each job that handles alerts.
_ENSURE = """
if redis.call('EXISTS', KEYS[5]) == 1 then return 0 end
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], 'created_at', ARGV[3], 'enqueued_at', ARGV[3], unpack(ARGV, 4))
redis.call('SADD', KEYS[4], KEYS[3])
local first = redis.call('LPOP', KEYS[3])
redis.call('LPUSH', KEYS[3], ARGV[1])
if first then redis.call('LPUSH', KEYS[3], first) end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """A job that handles alerts, and the command that enqueues it where none waits."""

    job_id: str
    fields: tuple[str | bytes, ...]
    command: Command


class AlertHandler:
    """Enqueues the job that handles alerts, unless one waits already or has just begun."""

    def __init__(self, settings: TasksSettings, connection: redis.Redis, *, keys: KeyRing) -> None:
        self._settings = settings
        self._queue = Queue(ALERTS_QUEUE, connection, job_class=Job.sealed_by(keys))
        self._unused: deque[tuple[str, tuple[str | bytes, ...]]] = deque(maxlen=1)
        """A job that was made and not enqueued: most of the time one waits already."""
        self._asks_again = 0.0
        """When it may be that no job waits, nor one has begun just now."""

    def due(self) -> Handling | None:
        """Return the job, if that may be due; :meth:`sent` is told of its command's answer."""
        return self._handling() if time.monotonic() >= self._asks_again else None

    def _handling(self) -> Handling:
        try:  # An answer that is lost says nothing about the job, so it is not kept meanwhile.
            job_id, fields = self._unused.pop()
        except IndexError:
            job_id, fields = self._make()
        keys = (
            ALERTS_WAITING,
            Job.key_for(job_id),
            self._queue.key,
            self._queue.redis_queues_keys,
            ALERTS_REST,
        )
        moment = utcformat(now())
        words = (*keys, job_id, str(_WAITING_S), moment, *fields)
        return Handling(
            job_id=job_id, fields=fields, command=("EVAL", _ENSURE, str(len(keys)), *words)
        )

    def sent(self, handling: Handling, *, is_enqueued: bool) -> None:
        """Note what its command has answered."""
        self._asks_again = time.monotonic() + _PAUSE_S
        if not is_enqueued:
            self._unused.append((handling.job_id, handling.fields))

    def ensure(self) -> None:
        """Enqueue the job unless one waits or has just begun; raises RedisError."""
        handling = self._handling()
        *_, answer = transaction.run(self._queue.connection, [handling.command])
        self.sent(handling, is_enqueued=bool(answer))

    def ensure_now(self) -> None:
        """Enqueue the job unless one waits; raises RedisError."""
        handling = self._handling()
        commands = [("DEL", ALERTS_REST), handling.command]
        *_, answer = transaction.run(self._queue.connection, commands)
        self.sent(handling, is_enqueued=bool(answer))

    def begun(self) -> None:
        """Note that the job waits no longer, before it takes any alert; raises RedisError."""
        pause_ms = str(round(_PAUSE_S * 1000))
        commands: list[Command] = [
            ("DEL", ALERTS_WAITING),
            ("SET", ALERTS_REST, "", "PX", pause_ms),
        ]
        transaction.run(self._queue.connection, commands)

    def _make(self) -> tuple[str, tuple[str | bytes, ...]]:
        """Return a job's id and the names and values of its fields."""
        job = self._queue.create_job(
            HANDLE_PATH,
            args=(None,),
            timeout=self._settings.job_timeout,
            result_ttl=self._settings.result_ttl,
            failure_ttl=self._settings.failure_ttl,
            description=HANDLE_TASK,
            meta={"task": HANDLE_TASK},
            status=JobStatus.QUEUED,
            retry=rq.Retry(max=len(_RETRY_AFTER_S), interval=list(_RETRY_AFTER_S)),
        )
        stored = job.to_dict()
        fields = {name: stored[name] for name in stored.keys() - {"created_at", "enqueued_at"}}
        return job.id, words_of(fields)
