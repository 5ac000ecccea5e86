"""Clients that stall: they get their time, and keep nobody else out."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest

from tests.e2e.gateway import Gateway

HEAD = (
    b"POST /run HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer Secret123\r\n"
    b"Content-Type: application/json\r\n"
)
ANSWERED_WITHIN_S = 10
ALIVE = b'{"status":"alive"}\n'


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with two threads, which a few slow clients could keep."""
    settings = {"WEB_PROCESSES": "1", "WEB_THREADS": "2", "CLIENT_TIMEOUT": "1"}
    running = Gateway(tmp_path_factory.mktemp("narrow"), **settings)
    try:
        yield running.wait_until_ready()
    finally:
        running.destroy()


def _connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=ANSWERED_WITHIN_S)


def _everything(client: socket.socket) -> bytes:
    """Return all that comes until the gateway closes its side."""
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (HEAD, "about:blank"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", "/docs#problem-request-too-slow"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", "/docs#problem-request-too-slow"),
    ],
    ids=["head", "body", "chunk"],
)
def test_a_client_that_stalls_is_told_and_cut_off(narrow: Gateway, sent: bytes, kind: str) -> None:
    """Half a request is answered 408 as a problem, once, and leaves one line in the log."""
    before = narrow.log.count("status=408")
    with _connect(narrow) as client:
        client.sendall(sent)
        head, _, body = _everything(client).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == kind
    assert narrow.log.count("status=408") == before + 1
    assert " ERROR " not in narrow.log


def test_a_client_that_trickles_is_cut_off_too(narrow: Gateway) -> None:
    """The time is that of the whole head, whatever comes in between."""
    with _connect(narrow) as client:
        client.sendall(HEAD + b"X: ")
        started = time.monotonic()
        client.settimeout(0.2)
        answer = b""
        while not answer and time.monotonic() - started < ANSWERED_WITHIN_S:
            client.sendall(b"a")
            try:
                answer = client.recv(65536)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_stalled_clients_keep_nobody_out(narrow: Gateway) -> None:
    """With more of them than threads, an ordinary request is still answered."""
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(_connect(narrow)).sendall(HEAD)
        assert narrow.send("/run", timeout_s=ANSWERED_WITHIN_S).status == 200


def test_clients_that_stay_after_the_answer_keep_nobody_out(narrow: Gateway) -> None:
    """Who leaves its side open is waited for, but not where all others are accepted."""
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(narrow)) for _ in range(6)]
        for client in clients:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert all(client.recv(1) for client in clients)
        assert narrow.send("/run", timeout_s=5).status == 200


def test_clients_that_ask_again_share_the_threads(narrow: Gateway) -> None:
    """More clients than threads that keep their connection are all answered, time after time."""
    clients = [
        HTTPConnection("127.0.0.1", narrow.port, timeout=ANSWERED_WITHIN_S) for _ in range(6)
    ]
    for _ in range(20):
        for client in clients:
            client.request("GET", "/livez")
        answers = [client.getresponse() for client in clients]
        assert [(one.status, one.read()) for one in answers] == [(200, ALIVE)] * 6
    for client in clients:
        client.close()


def test_a_stalled_client_does_not_hold_up_the_stop(narrow: Gateway) -> None:
    """A stop waits for requests, but not for one that does not come."""
    with _connect(narrow) as client:
        client.sendall(HEAD)
        time.sleep(0.2)
        assert narrow.stop() == 0
