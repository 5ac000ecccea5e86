"""A gateway that runs, in a folder and with a Redis of its own."""

import hashlib
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.payloads import ECHOED
from benchmarks.processes import ROOT, NotInTime, Started, environment, started, wait_until
from benchmarks.throughput.gateways import PROCESSES, Gateway
from benchmarks.throughput.load import Load, put_under_load
from tasks import redis_server

WEB, WORKER, REDIS = "web", "worker", "redis"
OUTPUT = "output.txt"
_LAST_WORDS = 3000
_READY_WITHIN_S = 60
_EMPTY_WITHIN_S = 120
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Processes by kind, and how to reach them."""

    gateway: Gateway
    environment: Mapping[str, str]
    port: int
    token: str
    processes: Mapping[str, list[Started]]

    @property
    def url(self) -> str:
        """The address of an echo."""
        return f"http://127.0.0.1:{self.port}{self.gateway.path}"

    def load(self, *, users: int, seconds: int, payload: object = ECHOED) -> Load:
        """Put it under load; when this returns, what was left over has been done as well."""
        body = json.dumps(payload)
        load = put_under_load(self.url, users=users, seconds=seconds, body=body, token=self.token)
        self.settle()
        return load

    def settle(self) -> None:
        """Return when a request that queues behind all others has its answer."""
        wait_until(self.echoes, within_s=_EMPTY_WITHIN_S, every_s=0.1, what="an empty queue")

    def echoes(self) -> bool:
        """Whether an echo comes back."""
        try:
            status, answer = self.send("POST", self.gateway.path, json.dumps(ECHOED).encode())
        except OSError:
            return False
        return status == 200 and json.loads(answer)["result"] == ECHOED

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Send a request and return status and body; underscores of headers are hyphens."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=body, method=method
        )
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for name, value in (sent | headers).items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU seconds so far by kind of process."""
        return {kind: sum(one.cpu_s() for one in all_) for kind, all_ in self.processes.items()}

    def memory_kib(self, kind: str) -> int:
        """Return the resident memory of one kind of process."""
        return sum(one.memory_kib() for one in self.processes[kind])


@contextmanager
def running(
    gateway: Gateway, folder: Path, *, threads: int = 0, settings: Mapping[str, str] = _NONE
) -> Iterator[Running]:
    """Start a gateway and its workers, and give it when it echoes; raises NotInTime."""
    with serving(gateway, folder, threads=threads, settings=settings) as one, ExitStack() as stack:
        for _ in range(gateway.workers):
            stack.enter_context(working(one, folder))
        try:
            wait_until(one.echoes, within_s=_READY_WITHIN_S, every_s=0.1, what=gateway.name)
        except NotInTime:
            print((folder / OUTPUT).read_text(errors="replace")[-_LAST_WORDS:])
            raise
        yield one


@contextmanager
def serving(
    gateway: Gateway, folder: Path, *, threads: int = 0, settings: Mapping[str, str] = _NONE
) -> Iterator[Running]:
    """Start Redis and the web server of a gateway; give it when Redis is there.

    Its web processes have as many threads as the gateway says, or these.
    """
    folder.mkdir()
    port, redis_folder = _free_port(), folder / "redis"
    given = {
        "PIIGATE_HOME": str(folder),
        "REDIS_URL": f"unix://{redis_server.socket_in(redis_folder)}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_PROCESSES": str(PROCESSES),
        "WEB_THREADS": str(gateway.threads or threads),
        **settings,
    }
    surroundings = environment(given)
    token = _token(surroundings)
    surroundings |= {
        "BENCH_TOKEN_SHA256": hashlib.sha256(token.encode()).hexdigest(),
        "BENCH_LOG": str(folder / "peer.log"),
        "RQ_REDIS_URL": given["REDIS_URL"],
    }
    run = partial(started, environment=surroundings, output=folder / OUTPUT)
    with (
        run([sys.executable, "-m", "tasks.redis_server", str(redis_folder)]) as redis_,
        run([sys.executable, "-m", *gateway.web]) as web,
    ):
        wait_until(
            redis_server.socket_in(redis_folder).exists,
            within_s=_READY_WITHIN_S,
            every_s=0.05,
            what="Redis",
        )
        yield Running(
            gateway=gateway,
            environment=surroundings,
            port=port,
            token=token,
            processes={WEB: [web], WORKER: [], REDIS: [redis_]},
        )


@contextmanager
def working(one: Running, folder: Path, *, worker: tuple[str, ...] | None = None) -> Iterator[None]:
    """Let one more worker work, the gateway's own or another."""
    words = [sys.executable, "-m", *(worker or one.gateway.worker)]
    with started(words, environment=one.environment, output=folder / OUTPUT) as begun:
        one.processes[WORKER].append(begun)
        try:
            yield
        finally:
            one.processes[WORKER].remove(begun)


def _token(surroundings: Mapping[str, str]) -> str:
    """Make a token the way a user does; the peers get it as well."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "flask", "--app", "wsgi", "tokens", "create", "bench"),
            *("--scope", "run", "--scope", "admin"),
        ],
        cwd=ROOT,
        env=dict(surroundings),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
