"""Batches: a transaction in one call of a script."""

from contextlib import nullcontext
from typing import Any

import pytest
import redis

from tasks.client import Client
from tasks.errors import Superseded
from tasks.pipeline import Fence
from tasks.script import Call, Script


def test_batch_runs_its_commands_and_answers_with_the_last(client: Client) -> None:
    """All is stored, numbers too, and the server may have forgotten the script."""
    for number in (1, 2):
        client.script_flush()
        with client.batch() as batch:
            batch.hset("hash", mapping={"text": "ä", "float": 1.5, "bytes": b"\x00\xff"})
            batch.incr("counter")
            assert batch.execute() == [number]

    assert client.hgetall("hash") == {
        b"text": "ä".encode(),
        b"float": b"1.5",
        b"bytes": b"\x00\xff",
    }


def test_batch_stops_at_an_error_and_says_it(client: Client) -> None:
    """A command that fails is an error of the caller."""
    client.set("text", "x")
    with client.batch() as batch:
        batch.lpush("text", 1)
        batch.set("after", 1)
        with pytest.raises(redis.ResponseError):
            batch.execute()

    assert client.get("after") is None


def store(client: Client, members: list[set[bytes]]) -> None:
    """Store something the way RQ does for which a set must not change meanwhile."""
    pipeline: Any
    with client.pipeline() as pipeline:
        while True:
            try:
                pipeline.watch("waiting")
                members.append(set(pipeline.smembers("waiting")))
                pipeline.multi()
                pipeline.incr("stored")
                pipeline.execute()
            except redis.WatchError:
                continue
            return


def test_assumption_that_holds_costs_no_question(client: Client) -> None:
    """Where there is no such set, the first try stores, and only the next pipeline assumed it."""
    members: list[set[bytes]] = []
    client.announce(absent="waiting")
    store(client, members)
    client.sadd("waiting", "a")
    store(client, members)

    assert members == [set(), {b"a"}]
    assert client.get("stored") == b"2"


def test_assumption_that_is_wrong_costs_a_second_try(client: Client) -> None:
    """Where there is such a set, nothing is stored before it was read."""
    members: list[set[bytes]] = []
    client.sadd("waiting", "a")
    client.announce(absent="waiting")
    store(client, members)

    assert members == [set(), {b"a"}]
    assert client.get("stored") == b"1"


@pytest.mark.parametrize("is_wrong", [False, True])
def test_who_watches_nothing_may_ask_afterwards(client: Client, is_wrong: bool) -> None:
    """All is stored once, whether the key was absent; then that is known."""
    if is_wrong:
        client.sadd("waiting", "a")
    batch = client.announce(absent="waiting")
    with client.pipeline() as pipeline:
        pipeline.incr("stored")
        pipeline.execute()

    assert batch.was_absent is not is_wrong
    assert client.get("stored") == b"1"


@pytest.mark.parametrize("dependents", [0, 1])
@pytest.mark.parametrize("is_current", [True, False])
def test_fence_holds_in_every_try(client: Client, dependents: int, is_current: bool) -> None:
    """Nothing is stored without the fence, whether the set that ought to be absent is there."""
    if is_current:
        client.zadd("started", {"job:1": 1})
    for number in range(dependents):
        client.sadd("waiting", number)
    client.announce(fence=Fence("started", "job:1"), absent="waiting")

    with nullcontext() if is_current else pytest.raises(Superseded):
        store(client, [])

    assert client.get("stored") == (b"1" if is_current else None)


def test_fence_that_falls_between_two_tries_holds(client: Client) -> None:
    """A transaction that watched a set looks at the fence when it stores, and not before."""
    client.zadd("started", {"job:1": 1})
    client.sadd("waiting", "a")
    client.announce(fence=Fence("started", "job:1"), absent="waiting")
    pipeline: Any
    with client.pipeline() as pipeline:
        pipeline.absent = None  # The first try was refused.
        pipeline.watch("waiting")
        assert pipeline.smembers("waiting") == {b"a"}
        client.zrem("started", "job:1")
        pipeline.multi()
        pipeline.incr("stored")
        with pytest.raises(Superseded):
            pipeline.execute()

    assert client.get("stored") is None


@pytest.mark.parametrize("is_wrong", [False, True])
def test_call_behind_a_batch_is_answered(client: Client, is_wrong: bool) -> None:
    """What goes with a batch runs once, behind it, whatever becomes of it."""
    if is_wrong:
        client.sadd("waiting", "a")
    behind = Call(script=Script("return redis.call('INCR', KEYS[1])"), keys=("behind",))
    client.announce(absent="waiting", behind=behind)
    store(client, [])

    assert behind.answer == 1
    assert client.get("behind") == b"1"
