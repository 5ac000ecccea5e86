"""Takes a job from its queue and stores its start, in one step of Redis. Knows no processes.

What is stored of a start are RQ's own commands, recorded for a job that is not known yet: a script
runs them with the id of the job that is there, so that it is never neither queued nor started.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis
import rq
import rq.job
from rq.executions import Execution
from rq.utils import as_text, utcformat

from tasks.client import Client
from tasks.pipeline import Recording
from tasks.recipe import Recipe, condensed, recorded, time_text
from tasks.script import Call, Script
from tasks.stored_job import StoredJob

ID, QUEUE, WORKER = "the-id-of-the-job", "the-name-of-the-queue", "the-name-of-the-worker"
"""Stand for what differs from job to job in the commands that are recorded."""

# A call that is sent again, since its answer was lost, finds what it has taken among the
# executions of the worker. A job that says it is of another queue is taken, and not started here.
# One that has been taken before is started unless it was brought back meanwhile.
_TAKE = """
local call = redis.call
local prefix, queue, worker, execution, id, second, began, began_at = unpack(ARGV)
local member = ':' .. execution
for _, one in ipairs(call('SMEMBERS', KEYS[3])) do
  if string.sub(one, -#member) == member then
    id = string.sub(one, 1, -1 - #member)
    call('HSET', KEYS[4], 'state', 'busy')
    return {id, call('HGETALL', prefix .. id), 1}
  end
end
if id == '' then
  id = call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT')
  if not id then
    call('HSET', KEYS[4], 'state', 'idle')
    return false
  end
elseif not call('LPOS', KEYS[2], id) then
  return false
end
local key = prefix .. id
local job = call('HGETALL', key)
if call('HGET', key, 'origin') ~= queue then return {id, job, 0} end
%s
return {id, job, 1}
"""


@dataclass(slots=True, kw_only=True)
class Taken:
    """A job that was taken from its queue, as it was stored there.

    ``execution`` is that of its start, None when it is still to be started.
    """

    job_id: str
    stored: dict[bytes, bytes]
    execution: Execution | None
    _job: StoredJob | None = field(default=None, init=False)

    def job(self, connection: redis.Redis) -> StoredJob:
        """Return the job, which is read once; raises NoSuchJobError."""
        if self._job is None:
            self._job = StoredJob.read(self.job_id, self.stored, connection)
        return self._job


def start_script(
    client: Client,
    unknown: rq.job.Job,
    start: Callable[[rq.job.Job, Recording], Execution],
) -> Script:
    """Return what takes a job and starts it as ``start`` does, for which this job stands in."""

    def record() -> tuple[Recording, Execution]:
        recording = client.recording()
        execution = start(unknown, recording)
        recording.execute()
        return recording, execution

    second, (recording, execution) = recorded(record)
    started_at = unknown.started_at or execution.created_at
    variables = {
        ID: "id",
        QUEUE: "queue",
        WORKER: "worker",
        execution.id: "execution",
        repr(execution.created_at.timestamp()): "began",
        utcformat(started_at): "began_at",
    }
    commands = condensed(recording.commands, {})
    return Script(_TAKE % Recipe(commands=commands, variables=variables, second=second).lua())


@dataclass(slots=True, kw_only=True)
class Taking:
    """A call that takes the queue's first job, and the execution which begins with it."""

    call: Call
    execution: Execution
    _told: tuple[Any, Taken | None] = field(default=(None, None), init=False)

    @classmethod
    def of(cls, script: Script, queue: rq.Queue, worker: rq.Worker, *, job_id: str) -> "Taking":
        """Return what takes the queue's first job, or one that was taken, and starts it."""
        execution = Execution(os.urandom(16).hex(), "", worker.connection, worker.name)
        began = execution.created_at
        keys = (
            queue.key,
            queue.intermediate_queue_key,
            execution.worker_executions_key,
            worker.key,
        )
        arguments = (
            worker.job_class.key_for(""),
            queue.name,
            worker.name,
            execution.id,
            job_id,
            str(int(began.timestamp())),
            repr(began.timestamp()),
            time_text(began),
        )
        return cls(call=Call(script=script, keys=keys, arguments=arguments), execution=execution)

    @property
    def taken(self) -> Taken | None:
        """What was taken once the call has been sent, or None; the same for each answer."""
        answer = self.call.answer
        if self._told[0] is not answer:
            self._told = answer, self._taken_of(answer)
        return self._told[1]

    def _taken_of(self, answer: Any) -> Taken | None:
        if not isinstance(answer, list):
            return None
        job_id, pieces, is_started = answer
        execution = self.execution
        execution.job_id = as_text(job_id)
        return Taken(
            job_id=execution.job_id,
            stored=dict(zip(pieces[::2], pieces[1::2], strict=True)),
            execution=execution if is_started else None,
        )
