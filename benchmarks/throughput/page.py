"""Writes the results of a run as docs/benchmarks/throughput.md."""

from benchmarks.table import goals_table, machine, markdown_table, rounds
from benchmarks.throughput.backlog import Backlog
from benchmarks.throughput.gateways import OURS, PROCESSES, ours
from benchmarks.throughput.meter import SLOW_MS, Phase
from benchmarks.throughput.results import MANY, Results, goals
from benchmarks.throughput.running import REDIS, WEB, WORKER

_HEAD = """\
# The gateway beside its peers

`make bench` measures all of this in one run and writes this page and [the workers'](worker.md).

{machine}

{systems}

Each has {processes} web processes, ours of {our_threads} threads, its peers' of {threads}, one for
each user; {processes} processes that run jobs; and an append-only Redis of its own on a Unix
socket. Each checks a bearer token by its digest, reads a JSON payload of 100 bytes in which there
is nothing to find, has a job echo it, waits for the result and answers with it; each request and
each job writes one line of the log. The peers are in `benchmarks/peers/gateways/`. `wrk` is the
users, on the same cores: each sends its next request when it has its answer. The gateways take
turns in every round while the others are idle. A figure is the median of {rounds} of {seconds} s,
with the quartiles."""


_GOALS = """\
## Goals

{met} of {all} are reached.

{table}"""

_LOAD = """\
## Under load

![Answers a second, p50 and p99 of every gateway over the number of users]({plot})

{tables}

Errors are connections that failed, answers that did not come and all but 2xx.{left_out}"""

_CPU = """\
## Where the time goes

Microseconds of CPU for each answer with {users} users, by kind of process, all cores together;
`wrk` is not among them.

{table}"""

_BACKLOG = """\
## {jobs:,} queued jobs

Batches of 1000 lines come through the gateway while no worker works; then rq-dashboard and
`rq info` list them, and two workers drain them. A queued job takes {queued:,.0f} bytes of Redis, a
finished one with its result {finished:,.0f} until `RESULT_TTL`.

{memory}

| what | seconds | commands that took the longest on average |
|---|---:|---|
{phases}

A request that does not wait takes {empty:.1f} ms with nothing queued and {full:.1f} ms with
{jobs:,} jobs queued."""


def markdown(results: Results, *, plot: str) -> str:
    """Return the document; ``plot`` is the file name of the plot beside it."""
    sections = [_head(results), _goals(results), _load(results, plot=plot)]
    if MANY in results.users():
        sections.append(_cpu(results))
    if results.backlog:
        sections.append(_backlog(results.backlog))
    return "\n\n".join(sections) + "\n"


def _head(results: Results) -> str:
    number = max(len(taken) for taken in results.rounds[OURS].values())
    return _HEAD.format(
        machine=machine(results.load_before),
        systems="\n".join(f"- **{one.name}**: {one.setup}." for one in results.gateways),
        processes=PROCESSES,
        threads=results.threads,
        our_threads=ours().threads,
        rounds=rounds(number),
        seconds=results.seconds,
    )


def _goals(results: Results) -> str:
    held = list(goals(results))
    return _GOALS.format(
        met=sum(one.is_met for one in held), all=len(held), table=goals_table(held)
    )


def _load(results: Results, *, plot: str) -> str:
    tables = [
        f"### {users} user{'s' if users > 1 else ''}\n\n{_load_table(results, users)}"
        for users in results.users()
    ]
    limited = [one for one in results.gateways if one.most_users]
    left_out = "".join(
        f" {one.name} is measured with up to {one.most_users} users: with 500, its threads ask "
        "Redis so often that hardly a job is run, and its queue takes minutes to empty."
        for one in limited
    )
    return _LOAD.format(plot=plot, tables="\n\n".join(tables), left_out=left_out)


def _load_table(results: Results, users: int) -> str:
    rows = []
    for one in results.gateways:
        taken = results.rounds[one.name].get(users)
        if not taken:
            continue
        figures = [
            _spread(results.spread(one.name, users, figure))
            for figure in ("rate", "p50_ms", "p99_ms")
        ]
        ours, theirs = (results.median(name, users, "rate") for name in (OURS, one.name))
        ratio = f"{ours / theirs:.2f}×" if ours and theirs and one.name != OURS else ""
        errors = str(sum(round_.load.errors for round_ in taken))
        rows.append([_bold(one.name), *figures, ratio, errors])
    head = ["gateway", "answers/s", "p50 ms", "p99 ms", "piigate against it", "errors"]
    return markdown_table(head, rows)


def _spread(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return "–"
    low, median, high = found
    if low == high:
        return _digits(median)
    return f"{_digits(median)} ({_digits(low)} to {_digits(high)})"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _bold(name: str) -> str:
    return f"**{name}**" if name == OURS else name


def _cpu(results: Results) -> str:
    rows = []
    for one in results.gateways:
        cpu_us = results.cpu_us(one.name, MANY)
        kinds = [f"{cpu_us[kind]:,.0f}" if cpu_us else "–" for kind in (WEB, WORKER, REDIS)]
        rows.append([_bold(one.name), *kinds, f"{sum(cpu_us.values()):,.0f}"])
    table = markdown_table(["gateway", "web", "workers", "Redis", "all"], rows)
    return _CPU.format(users=MANY, table=table)


def _backlog(backlog: Backlog) -> str:
    memory = [
        [
            {WEB: "gateway", WORKER: "workers"}[kind],
            f"{one.early_kib / 1024:.0f}",
            f"{one.late_kib / 1024:.0f}",
            f"{one.growth:.2f}×",
        ]
        for kind, one in backlog.memory.items()
    ]
    empty_ms, full_ms = backlog.probe_ms
    return _BACKLOG.format(
        jobs=backlog.jobs,
        queued=backlog.queued_bytes,
        finished=backlog.finished_bytes,
        memory=markdown_table(
            ["MiB of all processes", "after a tenth of the jobs", "after all", "growth"], memory
        ),
        phases="\n".join(
            f"| {name} | {phase.seconds:.1f} | {_slow_commands(phase)} |"
            for name, phase in backlog.phases.items()
        ),
        empty=empty_ms,
        full=full_ms,
    )


def _slow_commands(phase: Phase) -> str:
    ranking = sorted(phase.commands.items(), key=lambda item: -item[1].mean_us)[:3]
    told = [f"`{name.upper()}` {one.mean_us:.0f} µs" for name, one in ranking]
    slow = [f"`{name.upper()}` {ms:.0f} ms" for name, ms in phase.slow.items()]
    return ", ".join(told) + (f"; over {SLOW_MS} ms: {', '.join(slow)}" if slow else "")
