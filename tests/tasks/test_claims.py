"""Claims in Redis: kept as long as they are to be, and stored with their job or not at all."""

import pytest
import redis

from tasks import claims
from tasks.claim import Claim
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on


def test_claim_is_kept_as_long_as_the_setting_says(own_redis: RedisProcess) -> None:
    """A claim without a job ends within seconds, one with a job with its setting."""
    settings = TasksSettings.load(redis_url=own_redis.url, idempotency_ttl=77)
    queue = open_queue(settings)
    claim = Claim(key="k", request="r", hold_s=9)
    queue.claim(claim)
    with own_redis.client() as client:
        assert 8_000 < client.pttl("piigate:claim:k") <= 9_000
        queue.submit(discover().named("echo"), 1, caller="ann", request_id="r", claim=claim)
        assert 70 < client.ttl("piigate:claim:k") <= 77


def test_claim_that_is_lost_while_it_is_used_leaves_no_job(own_redis: RedisProcess) -> None:
    """Job and key are stored together or not at all."""
    queue = queue_on(own_redis)
    claim = Claim(key="k", request="r")
    queue.claim(claim)
    with own_redis.client() as client:
        with client.pipeline() as pipeline:
            claims.begin(pipeline, claim)
            client.set("piigate:claim:k", "another's")
            claims.settle(pipeline, claim, "a job", ttl_s=60)
            with pytest.raises(redis.WatchError):
                pipeline.execute()
        assert client.get("piigate:claim:k") == b"another's"
