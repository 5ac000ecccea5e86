"""Measures gateway, worker and backlog, and writes docs/benchmarks/throughput.md and worker.md."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import worker
from benchmarks.processes import ROOT, NotInTime
from benchmarks.throughput import backlog, page, plot
from benchmarks.throughput.gateways import Gateway, gateways
from benchmarks.throughput.load import NoWrk, find_wrk
from benchmarks.throughput.results import Results, Round, goals
from benchmarks.throughput.running import Running, running
from benchmarks.timing import rotated

PLOT = "throughput.svg"
_WARM_UP_S = 3


def main() -> None:
    """Measure, write, and print the goals."""
    arguments = _arguments()
    try:
        find_wrk()
        begin = time.perf_counter()
        results = _measure(arguments)
    except (NoWrk, NotInTime) as error:
        sys.exit(str(error))
    arguments.output.mkdir(parents=True, exist_ok=True)
    plot.draw(results, arguments.output / PLOT)
    text = page.markdown(results, plot=PLOT)
    (arguments.output / "throughput.md").write_text(text, encoding="utf-8")
    if results.workers:
        text = worker.page(results.workers, load=results.load_before)
        (arguments.output / "worker.md").write_text(text, encoding="utf-8")
    for one in goals(results):
        verdict = "reached" if one.is_met else "MISSED"
        print(f"{verdict:8}{one.what}: {one.reached} ({one.wanted})")
    print(f"written in {time.perf_counter() - begin:.0f} s: {arguments.output / 'throughput.md'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.throughput", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of load")
    parser.add_argument("--seconds", type=int, default=4, help="a round takes")
    parser.add_argument(
        "--users",
        type=lambda text: tuple(map(int, text.split(","))),
        default=(1, 10, 50, 100, 500),
        help="at a time, separated by commas",
    )
    parser.add_argument("--threads", type=int, default=256, help="of each web process of the peers")
    parser.add_argument("--worker-rounds", type=int, default=3, help="0 leaves the workers out")
    parser.add_argument("--jobs", type=int, default=100_000, help="queued; 0 leaves them out")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> Results:
    load_before = os.getloadavg()[0]
    every = gateways()
    threads = arguments.threads
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with _all_running(every, folder, threads=threads) as systems:
            rounds = _rounds(systems, arguments)
        queued = None
        if arguments.jobs:
            print(f"{arguments.jobs:,} queued jobs", flush=True)
            queued = backlog.measure(every[0], folder / "backlog", jobs=arguments.jobs)
    workers = {}
    if arguments.worker_rounds:
        print("workers", flush=True)
        workers = worker.measure(times=arguments.worker_rounds)
    return Results(
        gateways=every,
        rounds=rounds,
        workers=workers,
        backlog=queued,
        threads=threads,
        seconds=arguments.seconds,
        load_before=load_before,
    )


@contextmanager
def _all_running(
    every: Sequence[Gateway], folder: Path, *, threads: int
) -> Iterator[list[Running]]:
    """Start all gateways; each but the one under load is idle."""
    with ExitStack() as stack:
        systems = [
            stack.enter_context(running(one, folder / str(number), threads=threads))
            for number, one in enumerate(every)
        ]
        yield systems


def _rounds(
    systems: Sequence[Running], arguments: argparse.Namespace
) -> dict[str, dict[int, list[Round]]]:
    """Put the gateways under load in turn; the rounds begin at another one each time."""
    most = max(arguments.users)
    for one in systems:
        # Threads and connections are made before the first round.
        one.load(users=min(most, one.gateway.most_users or most), seconds=_WARM_UP_S)
    taken: dict[str, dict[int, list[Round]]] = {one.gateway.name: {} for one in systems}
    for number in range(arguments.rounds):
        for users in arguments.users:
            print(f"round {number + 1}, {users} users", flush=True)
            for one in rotated(systems, number):
                if users <= (one.gateway.most_users or users):
                    done = _round(one, users=users, seconds=arguments.seconds)
                    taken[one.gateway.name].setdefault(users, []).append(done)
    return taken


def _round(one: Running, *, users: int, seconds: int) -> Round:
    before = one.cpu_s()
    load = one.load(users=users, seconds=seconds)
    after = one.cpu_s()
    return Round(load=load, cpu_s={kind: after[kind] - before[kind] for kind in after})


if __name__ == "__main__":
    main()
