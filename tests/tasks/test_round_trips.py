"""How often a worker talks to Redis, counted between the two."""

import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.catalog.echo import echo
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.conftest import queue_on
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, run_rq

JOBS = 200

_SILENT_S = 0.005
"""Who has sent nothing for so long waits for an answer."""


class CountingProxy(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Passes bytes on to a Redis server, and keeps answers until nothing more is sent.

    Each time that a client had to wait for is a round trip, whatever it sent in pieces before.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: Path, server: Path) -> None:
        super().__init__(str(address), _Passing)
        self.server_path = server
        self.round_trips = 0


class _Passing(socketserver.BaseRequestHandler):
    server: CountingProxy

    def handle(self) -> None:
        """Pass on what comes, in both directions."""
        with socket.socket(socket.AF_UNIX) as redis:
            redis.connect(str(self.server.server_path))
            answers = b""
            while True:
                ends = [self.request, redis]
                ready, _, _ = select.select(ends, [], [], _SILENT_S if answers else None)
                for end in ready:
                    data = end.recv(1 << 20)
                    if not data:
                        return
                    if end is redis:
                        answers += data
                    else:
                        redis.sendall(data)
                if not ready:
                    self.server.round_trips += 1
                    self.request.sendall(answers)
                    answers = b""


class _Behind(RedisProcess):
    """A running server, reached through a proxy."""

    def __init__(self, proxy: Path) -> None:
        self.url = f"unix://{proxy}"


@pytest.fixture
def proxy(own_redis: RedisProcess, tmp_path: Path) -> Iterator[CountingProxy]:
    """Run a counting proxy in front of the test's server."""
    address = tmp_path / "proxy.sock"
    with CountingProxy(address, Path(own_redis.url.removeprefix("unix://"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def round_trips(proxy: CountingProxy, home: Path) -> int:
    """Run a worker until the queue is empty, and return how often it talked to Redis."""
    proxy.round_trips = 0
    server = _Behind(home / "proxy.sock")
    run_rq("worker", "--burst", *OURS, server=server, home=home)
    return proxy.round_trips


def test_short_job_takes_one_round_trip(
    own_redis: RedisProcess, proxy: CountingProxy, tmp_path: Path
) -> None:
    """Beside what a worker says once a second, a short job costs one, if it fails as well."""
    queue = queue_on(own_redis)
    alone = round_trips(proxy, tmp_path)
    for function in (echo, odd_tasks.fail):
        for _ in range(JOBS):
            submit(queue, function, 1)

        # What a worker says once a second counts as well, for longer on a slow machine.
        assert (round_trips(proxy, tmp_path) - alone) / JOBS < 1.9
