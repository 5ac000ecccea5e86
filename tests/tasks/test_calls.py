"""Calls: scripts that a client of one connection runs, one ahead of the other."""

import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import ResponseError
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks.client import Client
from tasks.script import Call, Script
from tests.redis_process import RedisProcess
from tests.tasks.test_horse_worker import await_true

COUNT = Script("return redis.call('INCR', KEYS[1])")


def test_call_that_fails_raises(client: Client) -> None:
    """An error in a script is raised to who called it alone."""
    with pytest.raises(ResponseError):
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
