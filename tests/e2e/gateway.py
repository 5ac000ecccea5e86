"""The whole gateway as `make run` starts it, on a free port and in a home folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flaskapp.settings import WebSettings

CHECKOUT = Path(__file__).parents[2]
READY_WITHIN_S = 60
ENDED_WITHIN_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    body: dict[str, object]
    request_id: str = ""
    etag: str = ""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Wait until something holds; fail the test when it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.05)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with the given settings and no other."""
    names = {name.upper() for name in WebSettings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return inherited | dict(given)


def send(
    port: int,
    path: str,
    payload: object = None,
    *,
    method: str = "POST",
    headers: Mapping[str, str] = MappingProxyType({}),
    timeout_s: float = 20,
) -> Answer:
    """Send a request to a gateway of this machine and return what comes back."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    request.add_header("Authorization", "Bearer Secret123")
    for name, value in headers.items():
        request.add_header(name, value)
    if payload is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(payload).encode()
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return Answer(
                status=answer.status,
                body=json.load(answer),
                request_id=answer.headers["X-Request-ID"],
                etag=answer.headers.get("ETag", ""),
            )
    except urllib.error.HTTPError as error:
        with error:
            return Answer(status=error.code, body=json.load(error))
    except OSError:
        return Answer(status=0, body={})


def descendants(pid: int) -> dict[int, str]:
    """Return the command lines of all processes below one, by their ids."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    found: dict[int, str] = {}
    parents = {pid}
    while parents:
        below = {
            int(child): args
            for child, parent, state, args in (row for row in rows if len(row) == 4)
            if int(parent) in parents and not state.startswith("Z")
        }
        found |= below
        parents = set(below)
    return found


def parent_of(pid: int) -> int:
    """Return the id of a process's parent, 0 when it is gone."""
    listed = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return int(listed.stdout.strip() or 0)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return bool(listed.stdout.strip()) and not listed.stdout.startswith("Z")


class Gateway:
    """`python -m flaskapp.launch` with everything below it."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self._output = home / "output.txt"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flaskapp.launch"],
                cwd=CHECKOUT,
                env=environment({"PIIGATE_HOME": str(home), "PORT": str(self.port), **settings}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """What a person at the terminal has read so far."""
        return self._output.read_text("utf-8")

    @property
    def log(self) -> str:
        """The log so far."""
        return (self.home / "logs" / "app.log").read_text("utf-8")

    def wait_until_ready(self) -> "Gateway":
        """Return once the banner is out."""
        eventually(
            lambda: "piigate is ready" in self.output or self.process.poll() is not None,
            within_s=READY_WITHIN_S,
            what="the banner",
        )
        assert self.process.poll() is None, self.output
        return self

    def parts(self, word: str) -> list[int]:
        """Return the ids of the processes whose command line holds a word, parents first."""
        return [pid for pid, args in descendants(self.process.pid).items() if word in args]

    def send(self, path: str, payload: object = None, **options: Any) -> Answer:
        """Send a request as the development caller and return what comes back."""
        return send(self.port, path, payload, **options)

    def serves(self) -> bool:
        """Whether a job runs from end to end."""
        return self.send("/run").status == 200

    def stop(self) -> int:
        """Ask it to stop as a terminal or an init system would, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=ENDED_WITHIN_S)

    def destroy(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for pid in [*descendants(self.process.pid), self.process.pid]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=ENDED_WITHIN_S)
