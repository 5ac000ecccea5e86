"""A hundred thousand queued jobs: enqueued, listed, drained; what grows with them and what not.

They come in batches through the gateway (NDJSON, ``Prefer: respond-async``) while no worker works,
so that its memory is tested as well.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks.goal import Goal
from benchmarks.payloads import ECHOED
from benchmarks.processes import ROOT, wait_until
from benchmarks.throughput.gateways import OURS, PROCESSES, Gateway
from benchmarks.throughput.running import WEB, WORKER, Running, serving, working

MOST_GROWTH = 1.25
LISTED = "listed"
# A walk through 100,000 items takes several times as long, what RQ does otherwise a few hundredths.
MOST_MEAN_US = 1000
# Single runs from here on are shown; on a busy machine any command may be among them.
SLOW_MS = 10
_LINES = 1000
_SENDERS = 2
_PROBES = 200
_QUEUE = "rq:queue:default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How often Redis ran a command, and how long it took on average."""

    calls: int
    mean_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Seconds that something took, and the commands that Redis ran for it."""

    seconds: float
    commands: Mapping[str, Command]
    slow: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What was measured with so many jobs; memory in KiB, of all processes of a kind."""

    jobs: int
    refused: int
    left: int
    early_kib: Mapping[str, int]
    late_kib: Mapping[str, int]
    stored_bytes: float
    probe_ms: tuple[float, float]
    phases: Mapping[str, Phase]

    def growth(self, kind: str) -> float:
        """Return by how many times the memory is that after the first tenth of the jobs."""
        return self.late_kib[kind] / self.early_kib[kind]

    def faults(self) -> Iterator[str]:
        """Yield what is not as it should be."""
        for kind in (WEB, WORKER):
            if self.growth(kind) > MOST_GROWTH:
                yield f"the memory of {kind} grew {self.growth(kind):.2f}×"
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
        growths = ", ".join(f"{kind} {self.growth(kind):.2f}×" for kind in (WEB, WORKER))
        return Goal(
            what=f"{self.jobs:,} queued jobs: enqueue, list, drain",
            wanted="flat memory, no KEYS, no O(n) call in a request",
            reached="; ".join(faults) or f"memory of {growths}; none",
            is_met=not faults,
        )


class Meter:
    """Reads what Redis counts, phase by phase."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.phases: dict[str, Phase] = {}

    def begin(self) -> None:
        """Count from here on."""
        self._client.config_set("slowlog-log-slower-than", SLOW_MS * 1000)
        self._client.slowlog_reset()
        self._client.config_resetstat()
        self._began = time.perf_counter()

    def end(self, name: str) -> None:
        """Keep what was counted as a phase."""
        seconds = time.perf_counter() - self._began
        self.phases[name] = Phase(
            seconds=seconds,
            commands=read_commands(self._client.info("commandstats")),
            slow=_slowest(self._client.slowlog_get(128)),
        )


def read_commands(told: Mapping[str, Mapping[str, float]]) -> dict[str, Command]:
    """Return the commands of ``INFO commandstats`` by name, less the measuring ones."""
    ours = re.compile(r"cmdstat_(config|slowlog|info|ping|client)\b")
    return {
        name.removeprefix("cmdstat_"): Command(
            calls=int(one["calls"]), mean_us=float(one["usec_per_call"])
        )
        for name, one in told.items()
        if not ours.match(name)
    }


def measure(gateway: Gateway, folder: Path, *, jobs: int, threads: int) -> Backlog:
    """Enqueue so many jobs, list them, drain them."""
    with serving(gateway, folder, threads=threads) as one, ExitStack() as stack:
        client = redis.Redis.from_url(one.environment["REDIS_URL"])
        wait_until(lambda: _is_ready(one), within_s=60, every_s=0.1, what=OURS)
        meter = Meter(client)
        empty_ms = _probe(one, meter, "a request, nothing queued")
        early, late = {}, {}
        before = client.info("memory")["used_memory"]
        meter.begin()
        refused = _enqueue(one, jobs // 10)
        early[WEB] = one.memory_kib(WEB)
        refused += _enqueue(one, jobs - jobs // 10)
        late[WEB] = one.memory_kib(WEB)
        meter.end("enqueued")
        stored = (client.info("memory")["used_memory"] - before) / jobs
        full_ms = _probe(one, meter, f"a request, {jobs:,} queued")
        _list(one, meter)
        late[WEB] = max(late[WEB], one.memory_kib(WEB))
        meter.begin()
        for _ in range(PROCESSES):
            stack.enter_context(working(one, folder))
        _drain(client, to=jobs * 9 // 10)
        early[WORKER] = one.memory_kib(WORKER)
        _drain(client, to=0)
        late[WORKER] = one.memory_kib(WORKER)
        meter.end("drained")
        return Backlog(
            jobs=jobs,
            refused=refused,
            left=int(client.llen(_QUEUE)),
            early_kib=early,
            late_kib=late,
            stored_bytes=stored,
            probe_ms=(empty_ms, full_ms),
            phases=meter.phases,
        )


def _is_ready(one: Running) -> bool:
    try:
        return one.send("GET", "/readyz")[0] == 200
    except OSError:
        return False


def _probe(one: Running, meter: Meter, name: str) -> float:
    """Send single requests that do not wait, and return the milliseconds of one."""
    body = json.dumps(ECHOED).encode()
    meter.begin()
    begin = time.perf_counter()
    for _ in range(_PROBES):
        one.send("POST", one.gateway.path, body, Prefer="respond-async")
    taken_s = time.perf_counter() - begin
    meter.end(name)
    return taken_s / _PROBES * 1000


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


def _drain(client: redis.Redis, *, to: int) -> None:
    """Return when no more than so many jobs are queued."""
    wait_until(
        lambda: int(client.llen(_QUEUE)) <= to, within_s=1200, every_s=0.5, what="a drained queue"
    )


def _slowest(entries: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the milliseconds of the slowest run of each command in the slow log."""
    found: dict[str, float] = {}
    for entry in entries:
        command = entry["command"].split()[0].decode().lower()
        found[command] = max(found.get(command, 0), entry["duration"] / 1000)
    return found
