"""Claims in Redis, where every gateway process sees them. Knows neither RQ nor jobs.

A key and the job under it are stored in one transaction, which fails when the claim was lost: a
crash at any moment leaves both, or a claim without a job that ends by itself.
"""

from collections.abc import Iterable
from typing import Any, cast

import redis
from redis.client import Pipeline

from tasks.claim import Claim, Submission
from tasks.errors import IdempotencyKeyInUse
from tasks.keyspace import claim_key
from tasks.transaction import Command

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


def make(connection: redis.Redis, claim: Claim) -> Submission | None:
    """Make the claim, or return what became of the request that has made it before.

    Raises IdempotencyKeyReused, IdempotencyKeyInUse, RedisError.
    """
    key = claim_key(claim.key)
    if connection.set(key, claim.held, nx=True, px=round(claim.hold_s * 1000)):
        return None
    stored = connection.get(key)
    if stored is None:  # It has just ended; the next try makes it.
        raise IdempotencyKeyInUse
    return claim.earlier(cast("bytes", stored))


def run_if_held(
    connection: redis.Redis, claim: Claim, commands: Iterable[Command], *, job_id: str, ttl_s: int
) -> list[Any]:
    """Run the commands that store a job, and keep the key with it, unless the claim was lost.

    Return all answers; raises as :func:`begin` does.
    """
    with connection.pipeline() as pipeline:
        begin(pipeline, claim)
        settle(pipeline, claim, job_id, ttl_s=ttl_s)
        for command in commands:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py leaves it
        return pipeline.execute()


def begin(pipeline: Pipeline, claim: Claim) -> None:
    """Begin a transaction that fails unless the claim still holds at its end.

    Raises IdempotencyKeyInUse, RedisError; a claim lost meanwhile shows as WatchError.
    """
    key = claim_key(claim.key)
    pipeline.watch(key)  # type: ignore[no-untyped-call] # redis-py leaves it untyped
    if pipeline.get(key) != claim.held:
        raise IdempotencyKeyInUse
    pipeline.multi()


def settle(pipeline: Pipeline, claim: Claim, job_id: str, *, ttl_s: int) -> None:
    """Keep the key with its job, as a part of the transaction."""
    pipeline.set(claim_key(claim.key), claim.settled(job_id), ex=ttl_s)


def release(connection: redis.Redis, claim: Claim) -> None:
    """Give the claim up, if it still holds and has no job."""
    connection.eval(_RELEASE, 1, claim_key(claim.key), claim.held)
