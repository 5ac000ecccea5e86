"""Takes a job from its queue and stores its start, in one step of Redis. Knows no processes.

What is stored of a start are RQ's own commands, made for a job that is not known yet: a script
runs them with the id of the job that is there, so that it is never neither queued nor started.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import rq
from rq.executions import Execution
from rq.utils import as_text

from tasks.script import Call, Script

PLACEHOLDER = uuid4().hex
"""Stands for the id of the job in the commands of its start."""

# A call that is sent again, since its answer was lost, finds what it has taken among the
# executions of the worker. A job that says it is of another queue is taken, and not started here.
# One that has been taken before is started unless it was brought back meanwhile.
_TAKE = Script("""
local function stored(id) return redis.call('HGETALL', ARGV[1] .. id) end
local execution = ':' .. ARGV[3]
for _, one in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  if string.sub(one, -#execution) == execution then
    local id = string.sub(one, 1, -1 - #execution)
    return {id, stored(id), 1}
  end
end
local id = ARGV[5]
if id == '' then id = redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') end
if not id or not redis.call('LPOS', KEYS[2], id) then return false end
local job = stored(id)
if redis.call('HGET', ARGV[1] .. id, 'origin') ~= ARGV[2] then return {id, job, 0} end
local name = string.gsub(id, '%%', '%%%%')
local at = 6
while at <= #ARGV do
  local last = at + ARGV[at]
  local command = {}
  for piece = at + 1, last do
    command[#command + 1] = string.gsub(ARGV[piece], ARGV[4], name)
  end
  redis.call(unpack(command))
  at = last + 1
end
return {id, job, 1}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A job that was taken from its queue, as it was stored there.

    ``execution`` is that of its start, None when it is still to be started.
    """

    job_id: str
    stored: dict[bytes, bytes]
    execution: Execution | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """A call that takes the queue's first job, and the execution which begins with it."""

    call: Call
    execution: Execution

    @classmethod
    def of(
        cls,
        queue: rq.Queue,
        execution: Execution,
        start: Sequence[Any],
        *,
        prefix: str,
        job_id: str = "",
    ) -> "Taking":
        """Return what takes a job, or this one that was taken, and starts it by packed commands."""
        keys = (queue.key, queue.intermediate_queue_key, execution.worker_executions_key)
        arguments = (prefix, queue.name, execution.id, PLACEHOLDER, job_id, *start)
        return cls(call=Call(script=_TAKE, keys=keys, arguments=arguments), execution=execution)

    @property
    def taken(self) -> Taken | None:
        """What was taken once the call has been sent, or None."""
        if not isinstance(self.call.answer, list):
            return None
        job_id, pieces, is_started = self.call.answer
        execution = self.execution
        execution.job_id, execution._job = as_text(job_id), None  # noqa: SLF001 - RQ's is the placeholder
        return Taken(
            job_id=execution.job_id,
            stored=dict(zip(pieces[::2], pieces[1::2], strict=True)),
            execution=execution if is_started else None,
        )
