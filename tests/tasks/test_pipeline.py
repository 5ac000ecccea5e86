"""Batches: a transaction in one call of a script."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.errors import Superseded
from tasks.pipeline import Client, Fence
from tasks.script import Call, Script
from tests.redis_process import RedisProcess
from tests.tasks.test_horse_worker import await_true


@pytest.fixture
def client(own_redis: RedisProcess) -> Iterator[Client]:
    """Return a client of an empty server."""
    with own_redis.client() as plain:
        yield Client(connection_pool=plain.connection_pool)


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


def test_call_that_fails_raises(client: Client) -> None:
    """An error in a script is raised to who called it alone."""
    with pytest.raises(redis.ResponseError):
        client.call(Call(script=Script("return redis.call('NONSENSE')"), keys=("a",)))


def test_time_of_a_script_is_used(own_redis: RedisProcess, client: Client) -> None:
    """What is to be done meanwhile is done when the script is sent and its answer not yet read."""
    call = Call(script=Script("redis.call('SET', KEYS[1], 1) return 'done'"), keys=("ran",))
    answers: list[Any] = []

    def wait_for_the_script() -> None:
        with own_redis.client() as other:
            await_true(lambda: other.exists("ran"))
        answers.append(call.answer)

    client.script_load(call.script.source)
    assert client.call(call, meanwhile=wait_for_the_script) == b"done"
    assert answers == [None]


COUNT = Script("return redis.call('INCR', KEYS[1])")


def test_what_goes_ahead_runs_at_once(own_redis: RedisProcess, client: Client) -> None:
    """It runs before the call is made, and what follows it is done before that is answered."""
    order: list[Any] = []
    call = Call(script=Script("return 'next'"), keys=("k",))
    ahead = Call(script=COUNT, keys=("count",), then=lambda: order.append(call.answer))
    client.script_load(COUNT.source)
    client.call(Call(script=Script("return 1"), keys=("k",)))

    def make() -> Call:
        with own_redis.client() as other:
            await_true(lambda: other.get("count") == b"1")
        return call

    assert client.call(make, ahead=ahead) == b"next"
    assert ahead.answer == 1
    assert order == [None]
    assert client.call(call) == b"next"
    assert client.get("count") == b"1"


@pytest.mark.parametrize("when", ["never connected", "lost before", "lost between", "forgotten"])
def test_what_goes_ahead_is_sent_again_where_it_must_be(
    own_redis: RedisProcess, client: Client, when: str
) -> None:
    """What became of the connection, or of the script, is seen to together with the call."""
    ahead = Call(script=Script("return redis.call('SET', KEYS[1], 'ran')"), keys=("ahead",))
    call = Call(script=Script("return redis.call('GET', KEYS[1])"), keys=("ahead",))
    client.set_retry(Retry(NoBackoff(), 1))

    def lose_connections() -> None:
        with own_redis.client() as other:
            other.client_kill_filter(_type="normal", skipme=True)

    def make() -> Call:
        if when == "lost between":
            lose_connections()
        return call

    if when != "never connected":
        client.call(call)
        client.call(ahead)
        client.delete("ahead")
    if when == "lost before":
        lose_connections()
    if when == "forgotten":
        client.script_flush()

    assert client.call(make, ahead=ahead) == b"ran"
    assert ahead.answer == b"OK"
    assert client.get("ahead") == b"ran"


def test_call_that_cannot_be_made_leaves_no_answer_for_the_next(client: Client) -> None:
    """What went ahead of it has run, and is answered to nobody."""
    others = Call(script=COUNT, keys=("other",))
    client.call(others)

    def make() -> Call:
        raise KeyError("nothing")

    with pytest.raises(KeyError):
        client.call(make, ahead=Call(script=COUNT, keys=("count",)))

    assert [client.call(others) for _ in range(2)] == [2, 3]


class _Interrupted(BaseException):
    """What a signal raises while an answer is awaited."""


def test_call_that_is_interrupted_leaves_no_answer_for_the_next(client: Client) -> None:
    """A connection that is kept is given up with the answer that was not read."""

    def interrupt(_signum: int, _frame: object) -> None:
        raise _Interrupted

    assert client.call(Call(script=Script("return 1"), keys=("k",))) == 1
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(_Interrupted):
            client.call(Call(script=Script("for _ = 1, 1e8 do end return 'slow'"), keys=("k",)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert client.call(Call(script=Script("return 'next'"), keys=("k",))) == b"next"


def test_calls_keep_one_connection(client: Client) -> None:
    """The pool is not asked for each, and another thread has its own."""
    whose = Call(script=Script("return 1"), keys=("k",))

    for _ in range(3):
        client.call(whose)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.call, whose).result()

    assert len(client.client_list()) == 3  # The third is the one that asks.
