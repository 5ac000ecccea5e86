"""Redis, gateway and workers that are kept running, and whose processes can be killed."""

import json
import os
import secrets
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from rq import Worker

from flaskapp.token_record import development_tokens
from tests.e2e.gateway import CHECKOUT, Answer, descendants, environment, eventually, free_port
from tests.redis_process import RedisProcess

WORKERS = 10
_STARTED_WITHIN_S = 60


class System:
    """A whole system over a folder, with jobs that stop where a test wants them to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        (home / "redis").mkdir()
        self.redis = RedisProcess(home / "redis")
        self._environment = environment(
            {
                "PIIGATE_HOME": str(home),
                "PORT": str(self.port),
                "REDIS_URL": self.redis.url,
                "API_TOKENS": development_tokens(),
                "PAYLOAD_KEYS": os.environ.get("PAYLOAD_KEYS") or secrets.token_hex(32),
                "WEB_PROCESSES": "2",
                "WEB_THREADS": "24",
                "PYTHONPATH": _plug_in(home),
            }
        )

    def __enter__(self) -> Self:
        self.redis.start()
        self._gateway = self._start("gunicorn", "wsgi:app")
        self._host = self._start("tests.delivery.worker_host", str(WORKERS))
        eventually(
            lambda: self.send("/readyz").status == 200,
            within_s=_STARTED_WITHIN_S,
            what="the gateway",
        )
        with self.redis.client() as client:
            eventually(
                lambda: Worker.count(connection=client) == WORKERS,
                within_s=_STARTED_WITHIN_S,
                what="the workers",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in (self._gateway, self._host):
            for pid in [process.pid, *descendants(process.pid)]:
                kill(pid, signal.SIGKILL)
            process.wait(timeout=10)
        self.redis.stop()

    @property
    def gateway_processes(self) -> list[int]:
        """The processes that answer requests."""
        return list(descendants(self._gateway.pid))

    def send(
        self, path: str, payload: object = None, *, key: str | None = None, wait_s: int = 20
    ) -> Answer:
        """Send a request; status 0 when its connection broke."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Authorization", "Bearer Secret123")
        if key:
            request.add_header("Idempotency-Key", key)
            request.add_header("Prefer", f"wait={wait_s}")
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(payload).encode()
        try:
            with urllib.request.urlopen(request, timeout=wait_s + 10) as answer:
                return Answer(status=answer.status, body=json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(status=error.code, body=json.load(error))
        except (OSError, ValueError):
            return Answer(status=0, body={})

    def _start(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{module}.out").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=CHECKOUT,
                env=self._environment,
                stdout=output,
                stderr=output,
            )


def kill(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def any_alive(pids: list[int]) -> bool:
    """Whether one of the processes runs; one that nobody has waited for yet does not."""
    words = ["ps", "-o", "stat=", "-p", ",".join(map(str, pids))]
    listed = subprocess.run(words, capture_output=True, text=True, check=False)
    return any(not line.startswith("Z") for line in listed.stdout.split())


def _plug_in(home: Path) -> str:
    package = home / "packages" / "held_tasks-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: held-tasks\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[piigate.tasks]\nheld = tests.delivery.held_tasks\n")
    return str(package.parent)
