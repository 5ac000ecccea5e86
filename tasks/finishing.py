"""Stores the result of an ordinary job in one step of Redis. Knows no processes.

What is stored are RQ's own commands, recorded once for a job that stands in for all others.
"""

import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import rq
from rq.executions import Execution

from tasks.client import Client
from tasks.keyspace import ENDED_CHANNEL
from tasks.pipeline import REFUSED, RUN, SUPERSEDED, Recording
from tasks.recipe import Recipe, condensed, recorded, time_text
from tasks.script import Call, Script
from tasks.sealing import MARK, Sealed
from tasks.serializer import Serializer
from tasks.stored_job import ORDINARY, StoredJob
from tasks.taking import ID, QUEUE, WORKER

_EXECUTION = "the-id-of-the-execution"
_CHANNEL, _TOLD = "the-channel-of-the-waiter", b"what-is-told"
_RESULT = Sealed(MARK + b"the result")
_TTL_S = 7_654_321
_BEGAN = datetime(2001, 2, 3, 4, 5, 6, 123456, tzinfo=UTC)
_STARTED = _BEGAN + timedelta(seconds=1.000001)
_ENDED = _STARTED + timedelta(seconds=2.000002)
_STORED = dict.fromkeys(ORDINARY, b"") | {
    b"created_at": time_text(_BEGAN).encode(),
    b"enqueued_at": time_text(_BEGAN).encode(),
    b"timeout": b"1",
    b"result_ttl": str(_TTL_S).encode(),
    b"failure_ttl": b"1",
    b"ttl": b"1",
    b"status": b"queued",
    b"origin": QUEUE.encode(),
    b"meta": b"{}",
    b"data": MARK,
}

# A job that waits for others or others wait for, or that somebody has removed, is RQ's matter.
# What took the next job ahead of this has said whether the worker is idle.
_END = """
local call = redis.call
local id, queue, worker, execution, second, ttl, began, ended, started_at, ended_at, seconds,
  result, channel, told, is_last = unpack(ARGV)
if not call('ZSCORE', {registry}, {member}) then return {SUPERSEDED} end
if call('EXISTS', {dependents}, {dependencies}) > 0 or call('EXISTS', {key}) == 0 then
  return {REFUSED}
end
{commands}
if is_last == '1' then call({idle}) end
return {RUN}
"""
_VARIABLES = {
    ID: "id",
    QUEUE: "queue",
    WORKER: "worker",
    _EXECUTION: "execution",
    str(_TTL_S): "ttl",
    repr(_BEGAN.timestamp()): "began",
    repr(_ENDED.timestamp()): "ended",
    time_text(_STARTED): "started_at",
    time_text(_ENDED): "ended_at",
    repr((_ENDED - _STARTED).total_seconds()): "seconds",
    b64encode(_RESULT).decode(): "result",
    _CHANNEL: "channel",
    _TOLD.decode(): "told",
}


class _StandIn(StoredJob):
    """A job with what stands in for the values of others."""

    def sealed_result(self) -> Sealed:
        return _RESULT

    def told_of_end(self, sealed: Sealed | None) -> list[tuple[str, bytes]]:  # noqa: ARG002 - as there
        return [(ENDED_CHANNEL, ID.encode()), (_CHANNEL, _TOLD)]


def end_script(client: Client, finish: Callable[[Any, rq.Queue, Execution], Recording]) -> Script:
    """Return what stores the end of an ordinary job as ``finish`` does for the one it is given."""
    job = _StandIn(ID, connection=client, serializer=Serializer)
    queue = rq.Queue(QUEUE, connection=client, job_class=StoredJob, serializer=Serializer)
    execution = Execution(_EXECUTION, ID, client, WORKER)

    def record() -> Recording:
        job.restore(_STORED)
        job.worker_name, job.started_at, execution.created_at = WORKER, _STARTED, _BEGAN
        job.ended_at = job.last_heartbeat = _ENDED
        return finish(job, queue, execution)

    second, recording = recorded(record)
    before = _STORED | {b"worker_name": WORKER.encode()}
    absent = (job.dependents_key, job.dependencies_key)
    commands = condensed(recording.commands, {job.key: before}, absent=absent)
    (idle,) = (one for one in commands if one[0] == "HSET" and one[2] == "state")
    commands.remove(idle)
    recipe = Recipe(commands=commands, variables=_VARIABLES, second=second)
    return Script(
        _END.format(
            registry=recipe.expression(job.started_job_registry.key),
            member=recipe.expression(execution.composite_key),
            dependents=recipe.expression(job.dependents_key),
            dependencies=recipe.expression(job.dependencies_key),
            key=recipe.expression(job.key),
            commands=recipe.lua(),
            idle=", ".join(map(recipe.expression, idle)),
            RUN=RUN,
            REFUSED=REFUSED,
            SUPERSEDED=SUPERSEDED,
        )
    )


def finishing(
    script: Script,
    job: Any,
    execution: Execution,
    worker: rq.Worker,
    *,
    ttl_s: int,
    is_last: bool,
) -> Call:
    """Return the call that stores the end of a job which has a result and somebody who waits.

    The worker is idle after the last.
    """
    sealed = job.sealed_result()
    _, (channel, told) = job.told_of_end(sealed)
    arguments = (
        job.id,
        job.origin,
        worker.name,
        execution.id,
        str(int(time.time())),
        str(ttl_s),
        repr(execution.created_at.timestamp()),
        repr(job.ended_at.timestamp()),
        time_text(job.started_at),
        time_text(job.ended_at),
        repr((job.ended_at - job.started_at).total_seconds()),
        b64encode(sealed),
        channel,
        told,
        str(int(is_last)),
    )
    return Call(script=script, keys=(worker.key,), arguments=arguments)
