"""Results of a run that nobody has run."""

from collections.abc import Callable

import pytest

from benchmarks.throughput.backlog import Backlog, Memory
from benchmarks.throughput.gateways import BARE, CELERY, OURS, STOCK_RQ, gateways
from benchmarks.throughput.load import Load
from benchmarks.throughput.meter import Command, Phase
from benchmarks.throughput.results import Results, Round
from benchmarks.throughput.running import REDIS, WEB, WORKER

MakeResults = Callable[..., Results]


def a_round(*, rate: float, p50_ms: float, p99_ms: float, errors: int = 0) -> Round:
    """Return a round of 1000 answers that took two seconds of CPU in the web server."""
    load = Load(answers=1000, rate=rate, p50_ms=p50_ms, p99_ms=p99_ms, errors=errors)
    return Round(load=load, cpu_s={WEB: 2.0, WORKER: 1.0, REDIS: 0.5})


def a_backlog(*, kib: int = 1000, command: str = "exec", mean_us: float = 20) -> Backlog:
    """Return a backlog: the gateway's memory at the end, and a command of its requests."""
    phase = Phase(seconds=2.0, commands={command: Command(calls=9, mean_us=mean_us)}, slow={})
    return Backlog(
        jobs=100_000,
        refused=0,
        left=0,
        memory={
            WEB: Memory(early_kib=1000, late_kib=kib),
            WORKER: Memory(early_kib=1000, late_kib=1000),
        },
        queued_bytes=2000,
        finished_bytes=6000,
        probe_ms=(2.0, 2.1),
        phases={"enqueued": phase, "drained": phase},
    )


@pytest.fixture
def make_results(monkeypatch: pytest.MonkeyPatch) -> MakeResults:
    """Return a maker of results in which ours is as fast as told, with 1 to 500 users."""
    monkeypatch.setattr("benchmarks.throughput.gateways.metadata.version", lambda _: "1.0")

    def make(
        *, rate: float = 1000, p50_ms: float = 2, errors: int = 0, backlog: Backlog | None = None
    ) -> Results:
        ours = [
            a_round(rate=one, p50_ms=p50_ms, p99_ms=200, errors=errors)
            for one in (rate - 100, rate + 100)
        ]
        celery = [a_round(rate=300, p50_ms=5, p99_ms=600)]
        stock = [a_round(rate=40, p50_ms=20, p99_ms=3000)]
        bare = [a_round(rate=1200, p50_ms=1, p99_ms=100)]
        everybody = (1, 50, 100, 500)
        return Results(
            gateways=gateways(),
            rounds={
                OURS: dict.fromkeys(everybody, ours),
                CELERY: dict.fromkeys(everybody, celery),
                STOCK_RQ: dict.fromkeys(everybody[:3], stock),
                BARE: dict.fromkeys(everybody, bare),
            },
            workers={},
            backlog=backlog,
            threads=256,
            seconds=3,
            load_before=0.0,
        )

    return make
