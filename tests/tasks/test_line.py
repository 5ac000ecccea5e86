"""A connection on which threads send without waiting for the answers."""

import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import redis

from alerting.fibers import aside
from tasks.connection import connect
from tasks.line import Line, Receipt
from tasks.settings import TasksSettings
from tests.fiber_carrier import Carrier, pauses
from tests.redis_process import RedisProcess


@pytest.fixture
def line(redis_url: str) -> Line:
    """Return a line to the server."""
    return Line(partial(connect, TasksSettings.load(redis_url=redis_url)))


def send(line: Line, *command: str) -> Receipt:
    """Send one command and return its receipt."""
    receipt = line.send([command], on_failure=lambda: None)
    assert receipt
    return receipt


def drop_all(client: redis.Redis) -> None:
    """Close all connections but the client's own."""
    client.client_kill_filter(_type="normal", skipme=True)


def test_what_was_sent_is_run_in_turn(line: Line, redis_process: RedisProcess) -> None:
    """Many are sent before the first answer is read, and each finds its own."""
    receipts = [send(line, "RPUSH", "all", str(number)) for number in range(100)]

    for receipt in reversed(receipts):
        receipt.confirm()
    with redis_process.client() as client:
        assert client.lrange("all", 0, -1) == [b"%d" % number for number in range(100)]


def test_whoever_sends_next_reads_what_was_answered(line: Line) -> None:
    """Answers do not pile up for somebody who never asks for them."""
    first = send(line, "PING")

    deadline = time.monotonic() + 10
    while first.is_open:
        assert time.monotonic() < deadline
        send(line, "PING")


@pytest.mark.parametrize("wrong", [("NONSENSE", "a"), ("INCR", "text")])
def test_refusal_is_told_to_its_own_sender(
    line: Line, redis_process: RedisProcess, wrong: tuple[str, ...]
) -> None:
    """What Redis refuses is an error of the one who sent it, who is woken when it is known."""
    with redis_process.client() as client:
        client.set("text", "text")
    woken: list[str] = []
    before = send(line, "PING")
    refused = line.send([wrong], on_failure=lambda: woken.append("refused"))
    after = send(line, "PING")

    after.confirm()
    assert woken == ["refused"]
    assert refused
    before.confirm()
    with pytest.raises(redis.ResponseError):
        refused.confirm()


def test_refusal_is_no_reason_to_trust_the_connection(
    line: Line, redis_process: RedisProcess
) -> None:
    """After a refusal it is made anew, since it may lead to a server that is no primary now."""
    with redis_process.client() as client:
        refused = send(line, "NONSENSE")
        with pytest.raises(redis.ResponseError):
            refused.confirm()
        known = {one["id"] for one in client.client_list()}

        send(line, "PING").confirm()

        assert {one["id"] for one in client.client_list()} - known


def test_connection_that_was_lost_is_replaced_before_it_is_used(
    line: Line, redis_process: RedisProcess
) -> None:
    """What is sent after a loss arrives."""
    send(line, "PING")
    with redis_process.client() as client:
        drop_all(client)

        send(line, "SET", "a", "1").confirm()

        assert client.get("a") == b"1"


def test_answer_that_was_read_outlives_the_connection(
    line: Line, redis_process: RedisProcess
) -> None:
    """Redis has run what it answered to; what it has not answered to is told as an error."""
    with redis_process.client() as client:
        done = send(line, "SET", "a", "1")
        done.confirm()
        client.client_pause(1000, all=True)
        lost = send(line, "SET", "b", "1")
        drop_all(client)

        done.confirm()
        with pytest.raises(redis.ConnectionError):
            lost.confirm()


def test_server_out_of_reach_is_an_error_at_once(own_redis: RedisProcess) -> None:
    """Nothing is sent, and the line serves again with its server."""
    line = Line(partial(connect, TasksSettings.load(redis_url=own_redis.url)))
    send(line, "PING")
    own_redis.stop()

    with pytest.raises(redis.ConnectionError):
        send(line, "PING")

    own_redis.start()
    send(line, "PING").confirm()


def test_a_thread_that_serves_others_makes_no_connection(redis_process: RedisProcess) -> None:
    """Another one does, the first time and after a loss."""
    threads: list[int] = []

    class Telling(Line):
        def _open(self) -> None:
            threads.append(threading.get_ident())
            super()._open()

    line = Telling(partial(connect, TasksSettings.load(redis_url=redis_process.url)))
    with ThreadPoolExecutor(1) as pool, redis_process.client() as client:
        for _ in range(2):
            Carrier(pool).run(lambda: send(line, "PING"))
            drop_all(client)
    assert len(threads) == 2
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("buffer_bytes", [200_000, 5000])
def test_a_thread_that_serves_others_waits_for_no_server(
    own_redis: RedisProcess, buffer_bytes: int
) -> None:
    """What does not go at once, as the server reads nothing for a while, is sent by another.

    So is the rest of what went in part.
    """
    line = Line(partial(connect, TasksSettings.load(redis_url=own_redis.url)))
    send(line, "PING").confirm()
    assert line._link
    line._link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
    gaps: list[float] = []

    def fill() -> None:
        for _ in range(100):
            line.send([("SET", "a", "a" * 10_000)], on_failure=lambda: None)

    def tick() -> None:
        gaps.extend(pauses(for_s=1.5))

    own_redis.halt(for_s=1)
    with ThreadPoolExecutor(1) as pool:
        Carrier(pool).run(tick, fill)
    assert max(gaps) < 0.5
    send(line, "PING").confirm()


def test_what_went_in_part_is_whole_for_whoever_comes_next(own_redis: RedisProcess) -> None:
    """Who sends, and who reads, first sends what is left of it."""
    line = Line(partial(connect, TasksSettings.load(redis_url=own_redis.url)))
    send(line, "PING").confirm()
    assert line._link
    line._link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5000)
    sent = ""

    def work(letter: str) -> None:
        nonlocal sent
        command = ("APPEND", "a", letter * 10_000)
        if receipt := line.send([command], on_failure=lambda: None):
            sent += command[-1]
            aside(receipt.confirm)

    own_redis.halt(for_s=0.3)
    with ThreadPoolExecutor(4) as pool:
        Carrier(pool).run(partial(work, "a"))
        own_redis.halt(for_s=0.05)
        Carrier(pool).run(*(partial(work, letter) for letter in "bcd"))
    with own_redis.client() as client:
        stored = client.get("a")
    assert isinstance(stored, bytes)
    assert stored.startswith(b"a" * 10_000)
    assert sorted(stored.decode()) == sorted(sent)


def test_news_that_nobody_asked_for_is_no_answer(line: Line, redis_process: RedisProcess) -> None:
    """What Redis tells by itself is the answer to nothing, and no reason to let go."""
    send(line, "CLIENT", "TRACKING", "ON", "BCAST").confirm()
    with redis_process.client() as client:
        client.set("changed", "1")
        known = {one["id"] for one in client.client_list()}

        send(line, "PING").confirm()

        assert {one["id"] for one in client.client_list()} == known


def test_what_is_long_is_left_to_others(line: Line) -> None:
    """It would let all others wait."""
    long = ("SET", "a", os.urandom(70_000))

    assert line.send([long], on_failure=lambda: None) is None
