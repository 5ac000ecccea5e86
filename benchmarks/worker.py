"""Measures workers beside each other and writes docs/benchmarks/worker.md.

Each empties a queue of echo jobs, alone, as its user starts it, on one Redis.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks.goal import Goal, at_least
from benchmarks.processes import ROOT, environment, started, wait_until
from benchmarks.table import machine, markdown_table, rounds
from benchmarks.timing import quartiles, rotated
from tasks import redis_server

OURS = "tasks.worker.Worker"
ROUNDS = 5
PAGE = ROOT / "docs" / "benchmarks" / "worker.md"
_PEERS = "benchmarks.peers.workers"
_DRAMATIQ = ("dramatiq", f"{_PEERS}.dramatiq_echo", "-p", "1", "-t", "1")
_EMPTY_WITHIN_S = 120
_PAGE = """\
# The worker beside others

`make bench-worker` measures this in one run and writes this page; `make bench` does so too. Each
worker empties a queue of echo jobs with a payload of 100 bytes, alone, with one process (or
thread) that runs jobs and its results kept, on one Redis on a Unix socket; the workers take turns
in every round. A rate counts from the first result to the last, as they appear in Redis. A figure
is the median of {rounds}, with the quartiles; the CPU is that of all processes of the worker,
without Redis.

{machine}

{table}

Ours writes a line of the log for each job, with its result masked, and seals payload and result;
the others log errors only.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker: what fills its queue, how it is started, and how much faster ours should be."""

    name: str
    jobs_from: str
    command: tuple[str, ...]
    jobs: int
    settings: tuple[tuple[str, str], ...] = ()
    goal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """How fast a worker emptied its queue, and the CPU of all its processes for a job."""

    rate: float
    cpu_us: float


# Jobs a round, so that each takes a few seconds.
WORKERS = (
    Worker(
        name=OURS,
        jobs_from="benchmarks.own_jobs",
        command=("rq.cli", "worker", "-c", "tasks.rq_config", "-w", OURS, "default"),
        jobs=2000,
    ),
    Worker(
        name="rq.SimpleWorker",
        jobs_from=f"{_PEERS}.rq_echo",
        command=("rq.cli", "worker", "--quiet", "-w", "rq.SimpleWorker", "default"),
        jobs=1000,
        goal=2,
    ),
    Worker(
        name="rq.Worker",
        jobs_from=f"{_PEERS}.rq_echo",
        command=("rq.cli", "worker", "--quiet", "default"),
        jobs=200,
        goal=8,
    ),
    Worker(
        name="Celery, prefork 1",
        jobs_from=f"{_PEERS}.celery_echo",
        command=(
            *("celery", "-A", f"{_PEERS}.celery_echo", "worker"),
            *("--pool", "prefork", "--concurrency", "1", "--loglevel", "ERROR"),
        ),
        jobs=2000,
        goal=1,
    ),
    Worker(
        name="dramatiq, 1 thread",
        jobs_from=f"{_PEERS}.dramatiq_echo",
        command=_DRAMATIQ,
        jobs=1000,
        goal=1,
    ),
    Worker(
        name="dramatiq, 1 thread, prefetch 100",
        jobs_from=f"{_PEERS}.dramatiq_echo",
        command=_DRAMATIQ,
        # By default it takes two and sleeps when it has them.
        settings=(("dramatiq_queue_prefetch", "100"),),
        jobs=5000,
        goal=1,
    ),
    Worker(
        name="huey, 1 worker",
        jobs_from=f"{_PEERS}.huey_echo",
        command=("huey.bin.huey_consumer", f"{_PEERS}.huey_echo.huey", "-w", "1", "-q"),
        jobs=5000,
        goal=1,
    ),
)


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--output", type=Path, default=PAGE)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    text = page(measure(times=arguments.rounds), load=load)
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def measure(*, times: int) -> dict[str, list[Emptied]]:
    """Return what each worker did, round by round."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        url = f"unix://{redis_server.socket_in(folder / 'redis')}"
        given = {"PIIGATE_HOME": name, "REDIS_URL": url, "RQ_REDIS_URL": url}
        surroundings = environment(given)
        words = [sys.executable, "-m", "tasks.redis_server", str(folder / "redis")]
        with started(words, environment=surroundings, output=folder / "redis.txt"):
            taken: dict[str, list[Emptied]] = {one.name: [] for one in WORKERS}
            for number in range(times):
                for one in rotated(WORKERS, number):
                    taken[one.name].append(_empty(one, surroundings, folder))
    return taken


def goals(taken: Mapping[str, Sequence[Emptied]]) -> Iterable[Goal]:
    """Hold the rates against the goals."""
    ours = _rates(taken[OURS])[1]
    for one in WORKERS:
        if one.goal is not None:
            what = f"worker alone, jobs/s against {one.name}"
            yield at_least(what, one.goal, ours / _rates(taken[one.name])[1], digits=2)


def page(taken: Mapping[str, Sequence[Emptied]], *, load: float) -> str:
    """Return the page of the results; ``load`` is that of the machine before the run."""
    verdicts = iter(goals(taken))
    rows = []
    for one in WORKERS:
        low, median, high = _rates(taken[one.name])
        cpu_us = quartiles([emptied.cpu_us for emptied in taken[one.name]])[1]
        row = [f"`{one.name}`", f"{median:.0f}", f"{low:.0f} to {high:.0f}", f"{cpu_us:,.0f}"]
        if one.goal is None:
            rows.append([*row, "", ""])
        else:
            goal = next(verdicts)
            verdict = "reached" if goal.is_met else "**missed**"
            rows.append([*row, goal.reached, f"{goal.wanted} ({verdict})"])
    return _PAGE.format(
        rounds=rounds(len(taken[OURS])),
        machine=machine(load),
        table=markdown_table(
            ["worker", "jobs/s", "quartiles", "CPU µs a job", "ours is faster by", "goal"], rows
        ),
    )


def _rates(taken: Sequence[Emptied]) -> tuple[float, float, float]:
    return quartiles([one.rate for one in taken])


def _empty(worker: Worker, surroundings: Mapping[str, str], folder: Path) -> Emptied:
    """Fill the queue and let a worker empty it."""
    with redis.Redis.from_url(surroundings["REDIS_URL"]) as client:
        wait_until(lambda: _answers(client), within_s=10, every_s=0.05, what="Redis")
        client.flushall()
        first, last = _fill(worker, surroundings)
        words = [sys.executable, "-m", *worker.command]
        told = {**surroundings, **dict(worker.settings)}
        with started(words, environment=told, output=folder / "workers.txt") as running:
            begin, before = _await_result(client, first, every_s=0.001), running.cpu_s()
            end, after = _await_result(client, last, every_s=0.005), running.cpu_s()
    jobs = worker.jobs - 1
    return Emptied(rate=jobs / (end - begin), cpu_us=(after - before) / jobs * 1e6)


def _fill(worker: Worker, surroundings: Mapping[str, str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.filling", worker.jobs_from, str(worker.jobs)],
        cwd=ROOT,
        env=dict(surroundings),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.split()


def _await_result(client: redis.Redis, key: str, *, every_s: float) -> float:
    """Return when a result appeared."""
    wait_until(
        lambda: bool(client.exists(key)),
        within_s=_EMPTY_WITHIN_S,
        every_s=every_s,
        what=f"a result under {key}",
    )
    return time.perf_counter()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


if __name__ == "__main__":
    main()
