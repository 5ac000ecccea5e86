"""gunicorn with our worker serves an application, whatever that and its clients do."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
THREADS = 2


class Server:
    """A gunicorn whose processes have two threads."""

    def __init__(self, home: Path, *, processes: int = 1) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        with (home / "stderr").open("wb") as errors:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "tests.flaskapp.launch.slow_app:app"),
                    *("-k", "flaskapp.launch.gunicorn_worker.Worker", "--threads", str(THREADS)),
                    *("--workers", str(processes)),
                    *("-b", f"127.0.0.1:{self.port}", "--no-control-socket", "--keep-alive", "30"),
                ],
                cwd=home,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stderr=errors,
            )

    def connect(self) -> HTTPConnection:
        """Return a connection to it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=20)

    def ask(self, path: str, connection: HTTPConnection | None = None) -> int:
        """Return the status of an answer, 0 when there is none."""
        with closing(self.connect()) as fresh:
            asked = connection or fresh
            try:
                asked.request("GET", path)
                with asked.getresponse() as answer:
                    answer.read()
            except (OSError, HTTPException):
                return 0
            return answer.status

    def wait_until_ready(self) -> "Server":
        """Return when it answers."""
        deadline = time.monotonic() + 30
        while self.ask("/") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run it for a test."""
    running = Server(tmp_path)
    try:
        yield running.wait_until_ready()
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_answers_under_way_are_not_cut_off(server: Server, sign: signal.Signals) -> None:
    """Whoever was asked before the stop is answered, and then the process ends."""
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(server.ask, "/slow")
        time.sleep(0.4)
        server.process.send_signal(sign)
        assert answer.result() == 200
    server.process.wait(timeout=15)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_client_that_stays_holds_up_no_stop(server: Server, sign: signal.Signals) -> None:
    """The process ends with its last answer, also where that client keeps its connection open."""
    with ThreadPoolExecutor() as pool, closing(server.connect()) as kept:
        answer = pool.submit(server.ask, "/slow", kept)
        time.sleep(0.3)
        server.process.send_signal(sign)
        assert answer.result() == 200
        server.process.wait(timeout=15)  # gunicorn would kill it after 30 s.


def test_an_application_that_wants_to_exit_costs_no_thread(server: Server) -> None:
    """The connection ends, and the thread serves the next one."""
    for _ in range(2 * THREADS):
        assert server.ask("/exit") == 0
    assert server.ask("/") == 200


def test_connections_that_have_ended_hold_up_no_stop(server: Server) -> None:
    """Each is counted as over, however it ended, so that nobody waits for it."""
    kept = [server.connect() for _ in range(5)]
    for one in kept:
        assert server.ask("/", one) == 200
        one.close()
    assert server.ask("/exit") == 0
    with socket.create_connection(("127.0.0.1", server.port)) as broken:
        broken.sendall(b"nonsense\r\n\r\n")
        assert broken.recv(100).startswith(b"HTTP/1.1 400 ")
    begin = time.monotonic()
    server.process.terminate()
    server.process.wait(timeout=25)
    assert time.monotonic() - begin < 10  # gunicorn would wait for 30 s.


def test_a_body_that_nobody_reads_and_nobody_sends_holds_nobody_up(server: Server) -> None:
    """Others are served while the process waits for the rest of a request that it has answered."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
        begin = time.monotonic()
        assert [server.ask("/") for _ in range(3)] == [200] * 3
        assert time.monotonic() - begin < 3  # gunicorn gives up after 5 s.


def test_requests_that_come_together_are_answered_in_turn(server: Server) -> None:
    """Of a client that does not wait for answers, every request gets its own."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        client.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 20


def test_connections_are_shared_evenly(tmp_path: Path) -> None:
    """Of many that come at once every process gets its part, also when there are more later."""
    server = Server(tmp_path, processes=2)
    try:
        server.wait_until_ready()
        time.sleep(1.5)  # Both are there, and have said so.
        with ExitStack() as stack:
            kept = [stack.enter_context(closing(server.connect())) for _ in range(40)]
            for one in kept:
                one.connect()
            counts = Counter(_process(one) for one in kept)
        assert len(counts) == 2
        assert max(counts.values()) <= 24, counts
    finally:
        server.process.terminate()
        server.process.wait(timeout=20)


def _process(connection: HTTPConnection) -> bytes:
    connection.request("GET", "/pid")
    with connection.getresponse() as answer:
        return answer.read()
