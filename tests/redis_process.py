"""A real Redis server of a test's own, on a Unix socket nobody else uses."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tasks import redis_server

START_TIMEOUT_S = 10.0


class RedisProcess:
    """A server over a folder; started again, it comes back with what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{redis_server.socket_in(folder)}"

    def start(self) -> None:
        """Start the server and return when it answers."""
        self._process = subprocess.Popen(
            redis_server.command(self._folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.RedisError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
                else:
                    return

    def stop(self) -> None:
        """Stop the server, if it runs, and return when it is gone."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def kill(self) -> None:
        """Kill the server with no chance to write anything, and return when it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def halt(self, *, for_s: float) -> None:
        """Let the server do nothing for a while, from now on; return at once."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        threading.Timer(for_s, self._process.send_signal, [signal.SIGCONT]).start()

    def client(self) -> redis.Redis:
        """Return a plain client."""
        return redis.Redis.from_url(self.url)


@contextmanager
def running(folder: Path) -> Iterator[RedisProcess]:
    """Run a server over a folder, which is made."""
    folder.mkdir(exist_ok=True)
    server = RedisProcess(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
