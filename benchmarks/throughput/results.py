"""What a run has measured of the gateways, and the goals it is held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import worker
from benchmarks.goal import Goal, at_least, at_most
from benchmarks.throughput.backlog import Backlog
from benchmarks.throughput.gateways import BARE, CELERY, OURS, STOCK_RQ, Gateway
from benchmarks.throughput.load import Load
from benchmarks.timing import quartiles

CROWD, MANY, MOST = 100, 50, 500
Cpu = Mapping[str, float]
"""CPU seconds by kind of process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round of load, and the CPU seconds that it took."""

    load: Load
    cpu_s: Cpu


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The rounds of each gateway by number of users; what was left out is empty or None."""

    gateways: Sequence[Gateway]
    rounds: Mapping[str, Mapping[int, Sequence[Round]]]
    workers: Mapping[str, Sequence[worker.Emptied]]
    backlog: Backlog | None
    threads: int
    seconds: int
    load_before: float

    def users(self) -> list[int]:
        """Return the numbers of users, fewest first."""
        return sorted(self.rounds[OURS])

    def spread(self, name: str, users: int, figure: str) -> tuple[float, float, float] | None:
        """Return the quartiles of ``rate``, ``p50_ms`` or ``p99_ms``; None if not measured."""
        taken = self.rounds[name].get(users)
        return quartiles([getattr(one.load, figure) for one in taken]) if taken else None

    def median(self, name: str, users: int, figure: str) -> float | None:
        """Return the median of a figure; None if not measured."""
        found = self.spread(name, users, figure)
        return found and found[1]

    def errors(self, name: str) -> int:
        """Return how many requests went wrong in all rounds."""
        return sum(one.load.errors for taken in self.rounds[name].values() for one in taken)

    def cpu_us(self, name: str, users: int) -> dict[str, float]:
        """Return the median CPU microseconds per answer by kind of process."""
        taken = [one for one in self.rounds[name].get(users, ()) if one.load.answers]
        if not taken:
            return {}
        return {
            kind: quartiles([one.cpu_s[kind] / one.load.answers * 1e6 for one in taken])[1]
            for kind in taken[0].cpu_s
        }


def goals(results: Results) -> Iterator[Goal]:
    """Hold a run against the goals; what it has not measured is left out."""
    for peer, limit in ((CELERY, 3.0), (STOCK_RQ, 20.0), (BARE, 0.75)):
        if ratio := _ratio(results, CROWD, "rate", peer):
            what = f"`/run` at {CROWD} users, answers/s against {peer}"
            yield at_least(what, limit, ratio, digits=2)
    if ratio := _ratio(results, CROWD, "p99_ms", CELERY):
        yield at_most(f"`/run` at {CROWD} users, p99 against {CELERY}", 0.4, ratio, digits=2)
    if ratio := _ratio(results, 1, "p50_ms", STOCK_RQ):
        yield at_most(f"`/run` at 1 user, p50 against {STOCK_RQ}", 0.2, ratio, digits=2)
    yield from _growth(results)
    if results.workers:
        yield from worker.goals(results.workers)
    if results.backlog:
        yield results.backlog.goal()


def _ratio(results: Results, users: int, figure: str, peer: str) -> float | None:
    ours, theirs = (results.median(name, users, figure) for name in (OURS, peer))
    return ours / theirs if ours and theirs else None


def _growth(results: Results) -> Iterator[Goal]:
    many, most = (results.median(OURS, users, "rate") for users in (MANY, MOST))
    if many and most:
        what = f"growth: answers/s at {MOST} users against {MANY}"
        yield at_least(what, 0.85, most / many, digits=2)
    errors = results.errors(OURS)
    yield Goal(what="errors of ours", wanted="0", reached=str(errors), is_met=errors == 0)
