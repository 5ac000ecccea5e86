"""Load by wrk: so many users, each sends its next request when it has its answer."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).parents[1] / "wrk.lua"
_TIMEOUT_S = 60
_FAULTS = ("status", "connect", "read", "write", "timeout")


class NoWrk(Exception):  # noqa: N818 - a fact about the machine
    """There is no wrk on PATH: install it (Debian and Ubuntu: apt install wrk)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one round brought: answers a second, how long they took, how many went wrong."""

    answers: int
    rate: float
    p50_ms: float
    p99_ms: float
    errors: int


def find_wrk() -> str:
    """Return the path of wrk; raises NoWrk."""
    found = shutil.which("wrk")
    if found is None:
        raise NoWrk
    return found


def put_under_load(url: str, *, users: int, seconds: int, body: str, token: str) -> Load:
    """Send requests for so many seconds and return what came back; raises NoWrk."""
    done = subprocess.run(
        [
            *(find_wrk(), "--latency", "--threads", "1", "--timeout", f"{_TIMEOUT_S}s"),
            *("--connections", str(users), "--duration", f"{seconds}s"),
            *("--script", str(_SCRIPT), url),
        ],
        env=os.environ | {"BENCH_BODY": body, "BENCH_TOKEN": token},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return parse(done.stdout)


def parse(output: str) -> Load:
    """Return the figures that the script printed as the last line of wrk's output."""
    told = json.loads(output.splitlines()[-1])
    errors = sum(told[name] for name in _FAULTS)
    answers = told["requests"] - told["status"]
    return Load(
        answers=answers,
        rate=answers / (told["duration_us"] / 1e6),
        p50_ms=told["p50_us"] / 1000,
        p99_ms=told["p99_us"] / 1000,
        errors=errors,
    )
