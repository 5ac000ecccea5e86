"""Seeing that a client has left."""

import socket

import pytest

from flaskapp.presence import watch_client


def test_a_client_that_waits_is_there() -> None:
    """A client that says nothing waits for its answer."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not watch_client({"gunicorn.socket": ours})()


def test_a_client_that_closes_has_left() -> None:
    """A connection that is closed from the other side has nobody behind it."""
    ours, theirs = socket.socketpair()
    with ours:
        has_left = watch_client({"gunicorn.socket": ours})
        theirs.close()
        assert has_left()


def test_what_a_client_sends_meanwhile_is_left_for_others() -> None:
    """Looking takes nothing from the connection: the next request may be there already."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET")
        assert not watch_client({"gunicorn.socket": ours})()
        assert ours.recv(10) == b"GET"


def test_a_socket_of_ours_that_is_closed_has_nobody_behind_it() -> None:
    """A socket that cannot be looked at has no client."""
    ours, theirs = socket.socketpair()
    has_left = watch_client({"gunicorn.socket": ours})
    ours.close()
    theirs.close()
    assert has_left()


@pytest.mark.parametrize("environ", [{}, {"gunicorn.socket": object()}])
def test_without_a_socket_nobody_leaves(environ: dict[str, object]) -> None:
    """Under another server than gunicorn a wait goes on to its end."""
    assert not watch_client(environ)()
