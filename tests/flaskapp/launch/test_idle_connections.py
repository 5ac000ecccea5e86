"""Connections that wait for their next request, and a thread that waits for any of them."""

import math
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from flaskapp.launch.idle_connections import IdleConnections


class Client:
    """A connection and the client's side of it."""

    def __init__(self, *, idle_s: float = 60) -> None:
        ours, self.socket = socket.socketpair()
        self.connection = TConn(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        self.connection.timeout = time.monotonic() + idle_s

    def close(self) -> None:
        """Close both sides."""
        self.socket.close()
        self.connection.close()


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    """Three clients, of which the last is given up first."""
    made = [Client(idle_s=seconds) for seconds in (60, 50, 0)]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def idle(clients: list[Client]) -> IdleConnections:
    """The connections of the clients, of which none has sent anything."""
    connections = IdleConnections()
    for one in clients:
        connections.put(one.connection)
    return connections


def test_who_sends_is_taken(idle: IdleConnections, clients: list[Client]) -> None:
    """The thread gets the connection on which something came, and again when it was put back."""
    for _ in range(2):
        clients[1].socket.send(b"GET")
        (taken,) = idle.take(idle.wait(5))
        assert taken is clients[1].connection
        assert taken.sock.recv(3) == b"GET"
        assert len(idle) == 2
        idle.put(taken)
    assert len(idle) == 3


def test_who_leaves_is_taken_too(idle: IdleConnections, clients: list[Client]) -> None:
    """Whoever takes the connection sees that it has ended."""
    clients[0].socket.close()
    (taken,) = idle.take(idle.wait(5))
    assert taken is clients[0].connection
    assert taken.sock.recv(3) == b""


def test_what_was_there_before_is_found(idle: IdleConnections, clients: list[Client]) -> None:
    """A request that has come before its connection was put back wakes the thread all the same."""
    clients[0].socket.send(b"one")
    (taken,) = idle.take(idle.wait(5))
    clients[0].socket.send(b"two")
    idle.put(taken)
    assert idle.take(idle.wait(5)) == [taken]


def test_all_that_came_is_taken_together(idle: IdleConnections, clients: list[Client]) -> None:
    """Those on which nothing came stay."""
    for one in clients[:2]:
        one.socket.send(b"GET")
    assert set(idle.take(idle.wait(5))) == {one.connection for one in clients[:2]}
    assert list(idle) == [clients[2].connection]
    assert idle.take(idle.wait(0)) == []


def test_those_whose_time_is_up_are_no_longer_there(
    idle: IdleConnections, clients: list[Client]
) -> None:
    """They are taken once, and in the end all of them."""
    assert idle[0] is clients[2].connection
    assert idle.expired() == [clients[2].connection]
    assert idle.expired() == []
    assert idle.expired(all_of_them=True) == [clients[0].connection, clients[1].connection]
    assert len(idle) == 0


def test_giving_up_and_putting_back_do_not_meet(clients: list[Client]) -> None:
    """A connection whose time is up when it is put back may be closed at once by who looks."""
    idle = IdleConnections()
    is_over = threading.Event()

    def close_expired() -> None:
        while not is_over.is_set():
            for one in idle.expired():
                one.close()
            time.sleep(0.0001)  # Else nobody else gets the interpreter in time.

    with ThreadPoolExecutor() as pool:
        closing = pool.submit(close_expired)
        try:
            for _ in range(500):
                late = Client(idle_s=-1)
                idle.put(late.connection)
                late.socket.close()
        finally:
            is_over.set()
        closing.result()
    for one in idle.expired():
        one.close()


def test_whoever_waits_can_be_woken(idle: IdleConnections) -> None:
    """Without anything having come; who comes later waits anew, but for one that was early."""
    with ThreadPoolExecutor() as pool:
        waits = pool.submit(idle.wait, math.inf)
        idle.wake()
        assert idle.take(waits.result(timeout=5)) == []
    idle.wake()
    idle.wake()
    assert idle.take(idle.wait(math.inf)) == []
    assert idle.take(idle.wait(0)) == []


def test_other_descriptors_can_be_watched() -> None:
    """Each time that they can be read, until no longer, also when they are closed by then."""
    idle, told = IdleConnections(), []
    ours, theirs = socket.socketpair()
    idle.watch(ours.fileno(), lambda: told.append(ours.recv(1)))
    theirs.send(b"ab")
    for _ in range(2):
        assert idle.take(idle.wait(5)) == []
    assert told == [b"a", b"b"]
    assert idle.wait(0) == []
    handle = ours.fileno()
    ours.close()
    idle.watch(handle, None)
    theirs.close()
