"""The job that handles alerts: makes sure that one comes whenever there is something to do.

One job handles many alerts, since a job for each would cost as much as the payload's own. So one
comes at once when all was quiet, and after one there is none for a while: the alerts of that time
wait for the clock, unless there are more than a job takes.
"""

import threading
import time

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


class AlertHandler:
    """Enqueues the job that handles alerts, unless one waits already or has just begun."""

    def __init__(self, settings: TasksSettings, connection: redis.Redis, *, keys: KeyRing) -> None:
        self._settings = settings
        self._queue = Queue(ALERTS_QUEUE, connection, job_class=Job.sealed_by(keys))
        self._unused = threading.local()
        """A job that the thread has made and not enqueued: most of the time one waits already."""
        self._asks_again = 0.0
        """When it may be that no job waits, nor one has begun just now."""

    def commands(self) -> list[Command]:
        """Return what enqueues the job, if that may be due; :meth:`sent` is told of the answer."""
        return [self._command()] if time.monotonic() >= self._asks_again else []

    def _command(self) -> Command:
        job_id, fields = getattr(self._unused, "job", None) or self._make()
        self._unused.job = None  # An answer that was lost says nothing about the job.
        self._unused.sent = job_id, fields
        keys = (
            ALERTS_WAITING,
            Job.key_for(job_id),
            self._queue.key,
            self._queue.redis_queues_keys,
            ALERTS_REST,
        )
        moment = utcformat(now())
        return ("EVAL", _ENSURE, str(len(keys)), *keys, job_id, str(_WAITING_S), moment, *fields)

    def sent(self, *, is_enqueued: bool) -> None:
        """Note what the command that the thread made last has answered."""
        self._asks_again = time.monotonic() + _PAUSE_S
        if not is_enqueued:
            self._unused.job = self._unused.sent

    def ensure(self) -> None:
        """Enqueue the job unless one waits or has just begun; raises RedisError."""
        *_, answer = transaction.run(self._queue.connection, [self._command()])
        self.sent(is_enqueued=bool(answer))

    def ensure_now(self) -> None:
        """Enqueue the job unless one waits; raises RedisError."""
        commands = [("DEL", ALERTS_REST), self._command()]
        *_, answer = transaction.run(self._queue.connection, commands)
        self.sent(is_enqueued=bool(answer))

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
