"""Measures workers beside each other and writes docs/benchmarks/worker.md.

Each empties a queue of short jobs, alone, in one process as its user starts it, on one Redis.
"""

import argparse
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
import rq
from rq.registry import FinishedJobRegistry

from alerting.finding import JsonValue
from benchmarks.echo_task import echo
from benchmarks.timing import in_turn
from tasks import redis_server
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings

ROOT = Path(__file__).parents[1]
OURS = "tasks.worker.Worker"
FORKING = "rq.Worker"
SIMPLE = "rq.SimpleWorker"
# Jobs a round, so that each takes about as long as the others.
WORKERS = {OURS: 2000, SIMPLE: 1000, FORKING: 250}
GOALS = {FORKING: 8.0, SIMPLE: 2.0}
ROUNDS = 5
# Whoever fills the queue and the worker that empties it need the same.
_KEYS = secrets.token_hex(32)
_PAYLOAD: JsonValue = {"name": "Test User", "text": "x" * 70}
_PAGE = """\
# The worker beside RQ's own

`make bench-worker` measures this in one run and writes this page. Each worker empties a queue of
`echo` jobs with a payload of 100 bytes, alone, on one Redis on a Unix socket; the workers take
turns in every round. A figure is the median of {rounds} rounds, with the quartiles. Measured on
{cores} cores with Python {python}; the load of the machine was {load:.1f} when the run ended.

| worker | jobs/s | quartiles | ours is faster by | goal |
|---|---|---|---|---|
{rows}

Ours writes a line of the log for each job, with its result masked; RQ's log errors only.
"""


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks" / "worker.md")
    arguments = parser.parse_args()
    rates = measure(rounds=arguments.rounds)
    text = page(rates, rounds=arguments.rounds)
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def measure(*, rounds: int) -> dict[str, list[float]]:
    """Return the jobs a second of each worker, round by round."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _server(Path(folder)) as url:
        runs = {
            name: (lambda name=name, jobs=jobs: 1 / _rate(name, jobs, url, folder))
            for name, jobs in WORKERS.items()
        }
        taken = in_turn(runs, rounds=rounds, limit_s=float("inf"))
    return {name: [1 / seconds for seconds in one] for name, one in taken.items()}


def page(rates: Mapping[str, list[float]], *, rounds: int) -> str:
    """Return the page of the results."""
    ours = statistics.median(rates[OURS])
    rows = []
    for name, one in rates.items():
        low, median, high = statistics.quantiles(one, method="inclusive")
        goal = GOALS.get(name)
        ratio = f"{ours / median:.1f}×" if goal else ""
        verdict = "reached" if goal and ours / median >= goal else "missed"
        wanted = f"≥ {goal:g}× ({verdict})" if goal else ""
        rows.append(f"| `{name}` | {median:.0f} | {low:.0f} to {high:.0f} | {ratio} | {wanted} |")
    return _PAGE.format(
        rounds=rounds,
        cores=os.cpu_count(),
        python=platform.python_version(),
        load=os.getloadavg()[0],
        rows="\n".join(rows),
    )


def _rate(name: str, jobs: int, url: str, home: str) -> float:
    """Fill the queue, let a worker empty it, and return its jobs a second."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        _fill(client, name, jobs, url)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.worker_process", name, url, "default"],
        cwd=ROOT,
        env=os.environ | {"PIIGATE_HOME": home, "REDIS_URL": url, "PAYLOAD_KEYS": _KEYS},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    with redis.Redis.from_url(url) as client:
        finished = FinishedJobRegistry("default", connection=client).get_job_count(cleanup=False)
    if finished != jobs:
        raise RuntimeError(f"{name} finished {finished} jobs of {jobs}")  # noqa: EM102 - for whoever measures
    return float(done.stdout)


def _fill(client: redis.Redis, name: str, jobs: int, url: str) -> None:
    if name == OURS:
        ours = open_queue(TasksSettings.load(redis_url=url, payload_keys=_KEYS))
        task = discover().named("echo")
        for _ in range(jobs):
            ours.submit(task, _PAYLOAD, caller="bench", request_id="bench")
        return
    queue = rq.Queue("default", connection=client)
    for _ in range(jobs):
        queue.enqueue(echo, _PAYLOAD, description="echo")


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    process = subprocess.Popen(redis_server.command(folder), stdout=subprocess.DEVNULL)
    url = f"unix://{redis_server.socket_in(folder)}"
    try:
        with redis.Redis.from_url(url) as client:
            while not _answers(client):
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


if __name__ == "__main__":
    main()
