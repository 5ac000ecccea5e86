"""Sockets that wait for slow clients, but not for ever."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress

import pytest

from flaskapp.errors import RequestTooSlow
from flaskapp.launch.client_socket import ClientSocket

MORE_THAN_FITS = b"a" * 2**24

Pair = tuple[ClientSocket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Our side of a connection and the client's."""
    plain, client = socket.socketpair()
    with ClientSocket.taken_from(plain) as ours, client:
        ours.be_patient(0.1)
        yield ours, client


def test_what_comes_in_time_is_received(pair: Pair) -> None:
    """A client that sends is read as ever, and the socket waits as before."""
    ours, client = pair
    client.sendall(b"{}")
    assert ours.recv(10) == b"{}"
    assert ours.gettimeout() is None


def test_a_client_that_sends_nothing_is_too_slow(pair: Pair) -> None:
    """Reading ends when the time is over, and again at once when asked again."""
    ours, _ = pair
    for _ in range(2):
        with pytest.raises(RequestTooSlow):
            ours.recv(10)


def test_a_timeout_of_the_callers_own_counts(pair: Pair) -> None:
    """Some reads gunicorn limits by itself, and it hears of them as from any socket."""
    ours, _ = pair
    ours.settimeout(0.01)
    with pytest.raises(TimeoutError):
        ours.recv(10)
    assert ours.gettimeout() == 0.01


def test_a_client_that_does_not_read_is_gone(pair: Pair) -> None:
    """Sending ends as if the client had hung up."""
    ours, _ = pair
    with pytest.raises(BrokenPipeError):
        ours.sendall(MORE_THAN_FITS)


def test_a_client_that_reads_nothing_is_not_waited_for_before_an_answer(pair: Pair) -> None:
    """Nor before gunicorn tells it that its body may come."""
    ours, _ = pair
    with suppress(BlockingIOError):
        while ours.send(MORE_THAN_FITS, socket.MSG_DONTWAIT):
            pass
    ours.begin_answer()
    with pytest.raises(BrokenPipeError):
        ours.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def test_a_client_that_does_not_read_a_file_is_gone(pair: Pair) -> None:
    """Files are sent in the same way."""
    ours, _ = pair
    with tempfile.TemporaryFile() as file:
        file.write(MORE_THAN_FITS)
        file.seek(0)
        with pytest.raises(BrokenPipeError):
            ours.sendfile(file)


def test_a_caller_that_does_not_wait_is_not_made_to(pair: Pair) -> None:
    """A socket that was set not to block says so."""
    ours, _ = pair
    ours.settimeout(0)
    with pytest.raises(BlockingIOError):
        ours.sendall(MORE_THAN_FITS)


def test_a_closed_socket_may_be_set(pair: Pair) -> None:
    """That is what gunicorn does with connections that are over."""
    ours, _ = pair
    ours.close()
    ours.setblocking(True)  # noqa: FBT003 - its only form


def test_the_head_of_an_answer_goes_with_its_body() -> None:
    """Both are sent at once, and what follows as it comes."""
    plain, client = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ClientSocket.taken_from(plain) as ours, client:
        ours.begin_answer()
        for piece in (b"head ", b"body", b"more"):
            ours.sendall(piece)
        ours.end_answer()
        assert [client.recv(100), client.recv(100)] == [b"head body", b"more"]


def test_an_answer_without_a_body_is_sent(pair: Pair) -> None:
    """Its head is not kept for another answer's body."""
    ours, client = pair
    ours.begin_answer()
    ours.sendall(b"head")
    ours.end_answer()
    assert client.recv(100) == b"head"
    ours.sendall(b"more")
    assert client.recv(100) == b"more"


def test_the_head_of_a_file_comes_before_it(pair: Pair) -> None:
    """A file goes another way than other bodies."""
    ours, client = pair
    with tempfile.TemporaryFile() as file:
        file.write(b"file")
        file.seek(0)
        ours.begin_answer()
        ours.sendall(b"head ")
        ours.sendfile(file)
        ours.end_answer()
    assert client.recv(100, socket.MSG_WAITALL | socket.MSG_DONTWAIT) == b"head file"


def test_an_answer_that_was_cut_off_ends_quietly(pair: Pair) -> None:
    """Nothing can be sent when gunicorn has closed the connection because of a fault."""
    ours, _ = pair
    ours.begin_answer()
    ours.sendall(b"head")
    ours.close()
    ours.end_answer()


def test_a_socket_waits_as_it_did_before_it_was_taken() -> None:
    """Gunicorn hands over sockets that do not wait, and says later that they should."""
    plain, client = socket.socketpair()
    plain.setblocking(False)  # noqa: FBT003 - its only form
    with ClientSocket.taken_from(plain) as ours, client:
        assert ours.gettimeout() == 0
        assert not os.get_blocking(ours.fileno())
        ours.setblocking(True)  # noqa: FBT003
        assert os.get_blocking(ours.fileno())
