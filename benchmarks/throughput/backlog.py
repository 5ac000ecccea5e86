"""A hundred thousand queued jobs: enqueued, listed, drained; what grows with them and what not.

They come in batches through the gateway (NDJSON, ``Prefer: respond-async``) while no worker works,
so that its memory is tested as well.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks.goal import Goal
from benchmarks.payloads import ECHOED
from benchmarks.processes import ROOT, wait_until
from benchmarks.throughput.gateways import OURS, PROCESSES, Gateway
from benchmarks.throughput.meter import Meter, Phase
from benchmarks.throughput.running import WEB, WORKER, Running, serving, working

MOST_GROWTH = 1.25
LISTED = "listed"
# A walk through 100,000 items takes several times as long, what RQ does otherwise a few hundredths.
MOST_MEAN_US = 1000
_LINES = 1000
_SENDERS = 2
_PROBES = 200
_QUEUE = "rq:queue:default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory of all processes of a kind, after a tenth of the jobs and after all."""

    early_kib: int
    late_kib: int

    @property
    def growth(self) -> float:
        """How many times as much there is at the end."""
        return self.late_kib / self.early_kib


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What was measured with so many jobs; memory by kind of process."""

    jobs: int
    refused: int
    left: int
    memory: Mapping[str, Memory]
    queued_bytes: float
    finished_bytes: float
    probe_ms: tuple[float, float]
    phases: Mapping[str, Phase]

    def faults(self) -> Iterator[str]:
        """Yield what is not as it should be."""
        for kind, memory in self.memory.items():
            if memory.growth > MOST_GROWTH:
                yield f"the memory of {kind} grew {memory.growth:.2f}×"
        for name, phase in self.phases.items():
            if "keys" in phase.commands:
                yield f"`KEYS` ({name})"
            for command, one in phase.commands.items():
                if name != LISTED and one.mean_us > MOST_MEAN_US:
                    yield f"`{command.upper()}` takes {one.mean_us / 1000:.1f} ms ({name})"
        if self.refused or self.left:
            yield f"{self.refused} refused, {self.left} not done"

    def goal(self) -> Goal:
        """Hold it against the goal."""
        faults = list(self.faults())
        growths = ", ".join(f"{kind} {one.growth:.2f}×" for kind, one in self.memory.items())
        return Goal(
            what=f"{self.jobs:,} queued jobs: enqueue, list, drain",
            wanted="flat memory, no KEYS, no O(n) call in a request",
            reached="; ".join(faults) or f"memory of {growths}; none",
            is_met=not faults,
        )


def measure(gateway: Gateway, folder: Path, *, jobs: int) -> Backlog:
    """Enqueue so many jobs, list them, drain them."""
    with serving(gateway, folder) as one:
        client = redis.Redis.from_url(one.environment["REDIS_URL"])
        wait_until(lambda: _is_ready(one), within_s=60, every_s=0.1, what=OURS)
        meter = Meter(client)
        empty_ms = _probe(one, meter, name="a request, nothing queued")
        empty_bytes = _used_bytes(client)
        refused, gateway_memory = _enqueue_all(one, meter, jobs=jobs)
        queued_bytes = _used_bytes(client) - empty_bytes
        full_ms = _probe(one, meter, name=f"a request, {jobs:,} queued")
        _list(one, meter)
        worker_memory = _drain_all(one, meter, folder=folder, jobs=jobs)
        return Backlog(
            jobs=jobs,
            refused=refused,
            left=int(client.llen(_QUEUE)),
            memory={WEB: gateway_memory, WORKER: worker_memory},
            queued_bytes=queued_bytes / jobs,
            finished_bytes=(_used_bytes(client) - empty_bytes) / jobs,
            probe_ms=(empty_ms, full_ms),
            phases=meter.phases,
        )


def _used_bytes(client: redis.Redis) -> int:
    return int(client.info("memory")["used_memory"])


def _is_ready(one: Running) -> bool:
    try:
        return one.send("GET", "/readyz")[0] == 200
    except OSError:
        return False


def _probe(one: Running, meter: Meter, *, name: str) -> float:
    """Send single requests that do not wait, and return the milliseconds of one."""
    body = json.dumps(ECHOED).encode()
    meter.begin()
    begin = time.perf_counter()
    for _ in range(_PROBES):
        one.send("POST", one.gateway.path, body, Prefer="respond-async")
    taken_s = time.perf_counter() - begin
    meter.end(name)
    return taken_s / _PROBES * 1000


def _enqueue_all(one: Running, meter: Meter, *, jobs: int) -> tuple[int, Memory]:
    """Enqueue the jobs; return how many were refused, and the memory of the gateway."""
    meter.begin()
    refused = _enqueue(one, jobs // 10)
    early_kib = one.memory_kib(WEB)
    refused += _enqueue(one, jobs - jobs // 10)
    meter.end("enqueued")
    return refused, Memory(early_kib=early_kib, late_kib=one.memory_kib(WEB))


def _enqueue(one: Running, jobs: int) -> int:
    """Send batches until so many jobs are queued; return how many lines were refused."""
    sizes = [min(_LINES, jobs - sent) for sent in range(0, jobs, _LINES)]
    with ThreadPoolExecutor(_SENDERS) as senders:
        return sum(senders.map(lambda size: _send_batch(one, size), sizes))


def _send_batch(one: Running, lines: int) -> int:
    body = (json.dumps(ECHOED) + "\n").encode() * lines
    kind = "application/x-ndjson"
    status, answer = one.send(
        "POST", one.gateway.path, body, Content_Type=kind, Prefer="respond-async"
    )
    if status != 200:
        return lines
    return lines - sum("job_id" in json.loads(line) for line in answer.splitlines())


def _list(one: Running, meter: Meter) -> None:
    """List the queue the ways that people do: rq-dashboard's pages and `rq info`."""
    meter.begin()
    for place in ("queues.json", "jobs/default/queued/8/asc/1.json"):
        status, _ = one.send("GET", f"/rq/0/data/{place}")
        if status != 200:
            raise redis.ResponseError(place)
    words = [sys.executable, "-m", "rq.cli", "info", "-c", "tasks.rq_config"]
    subprocess.run(
        words, cwd=ROOT, env=dict(one.environment), stdout=subprocess.DEVNULL, check=True
    )
    meter.end(LISTED)


def _drain_all(one: Running, meter: Meter, *, folder: Path, jobs: int) -> Memory:
    """Let workers drain the queue; return their memory."""
    with ExitStack() as stack:
        meter.begin()
        for _ in range(PROCESSES):
            stack.enter_context(working(one, folder))
        _drain(meter.client, to=jobs * 9 // 10)
        early_kib = one.memory_kib(WORKER)
        _drain(meter.client, to=0)
        meter.end("drained")
        return Memory(early_kib=early_kib, late_kib=one.memory_kib(WORKER))


def _drain(client: redis.Redis, *, to: int) -> None:
    """Return when no more than so many jobs are queued."""
    wait_until(
        lambda: int(client.llen(_QUEUE)) <= to, within_s=1200, every_s=0.5, what="a drained queue"
    )
