"""Measures on a folder of labelled data with the scripts that lie there; nothing of it is copied.

The scripts are ``evaluate.py``, ``evasion.py`` and ``hostile.py``; they run as processes of their
own and are read by what they write.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.payloads import plain_text
from benchmarks.systems import System

ROOT = Path(__file__).parents[1]
_HOSTILE_RUNS = 5
HOSTILE_LIMIT_S = 6.0
_CAUGHT = re.compile(r"^caught (\d+) of (\d+)$", re.MULTILINE)
_HOSTILE = re.compile(r"^(.+?) +([\d.]+|inf) ms +([\d.]+|inf) ms +x(\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 of one type, partial matches counted; nan where not offered."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostileShape:
    """The milliseconds that a hostile text takes at 20 KB and at 200 KB.

    ``growth`` is how many times longer the second takes, from times that are not rounded.
    """

    shape: str
    small_ms: float
    large_ms: float
    growth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """All that is measured on labelled data, by the name of the system."""

    records: int
    scores: dict[str, dict[str, Score]]
    caught: dict[str, int]
    disguised: int
    hostile: dict[str, list[HostileShape]]
    plain: HostileShape


def measure(folder: Path, systems: Sequence[System], *, ours: System) -> Labelled:
    """Run the scripts of a folder on every system.

    Hostile texts are run several times on ours, the best of each shape counts; peers get one run
    that is cut off.
    """
    results = {one.name: _accuracy(folder, one) for one in systems}
    disguised = {one.name: _disguised(folder, one) for one in systems}
    hostile = {one.name: _hostile(folder, one) for one in systems if one is not ours}
    runs = [_hostile(folder, ours) for _ in range(_HOSTILE_RUNS)]
    hostile[ours.name] = [_best(shapes) for shapes in zip(*runs, strict=True)]
    return Labelled(
        records=results[ours.name][0],
        scores={name: scores for name, (_, scores) in results.items()},
        caught={name: caught for name, (caught, _) in disguised.items()},
        disguised=disguised[ours.name][1],
        hostile=hostile,
        plain=_plain(ours),
    )


def _plain(system: System) -> HostileShape:
    """Time plain prose of the same two lengths, for comparison."""

    def best_ms(length: int) -> float:
        text = plain_text(length)
        seconds = timeit.repeat(lambda: list(system.detect(text)), number=1, repeat=_HOSTILE_RUNS)
        return min(seconds) * 1e3

    small, large = best_ms(20_000), best_ms(200_000)
    return HostileShape(shape="plain prose", small_ms=small, large_ms=large, growth=large / small)


def _best(shapes: Sequence[HostileShape]) -> HostileShape:
    return HostileShape(
        shape=shapes[0].shape,
        small_ms=min(one.small_ms for one in shapes),
        large_ms=min(one.large_ms for one in shapes),
        growth=min(one.growth for one in shapes),
    )


def _accuracy(folder: Path, system: System) -> tuple[int, dict[str, Score]]:
    with tempfile.TemporaryDirectory() as place:
        written = Path(place) / "scores.json"
        _run(folder, "evaluate.py", system.target, "--no-speed", "--json", str(written))
        result = json.loads(written.read_text(encoding="utf-8"))
    scores = {}
    for name, numbers in result["types"].items():
        precision, recall, f1 = numbers["partial"]
        scores[name] = Score(precision=precision, recall=recall, f1=f1)
    return result["records"], scores


def _disguised(folder: Path, system: System) -> tuple[int, int]:
    caught = _CAUGHT.search(_run(folder, "evasion.py", system.target))
    if caught is None:
        raise ValueError("evasion.py did not end with 'caught … of …'")
    return int(caught[1]), int(caught[2])


def _hostile(folder: Path, system: System) -> list[HostileShape]:
    output = _run(folder, "hostile.py", system.target, limit_s=HOSTILE_LIMIT_S)
    return [
        HostileShape(
            shape=shape, small_ms=float(small), large_ms=float(large), growth=float(growth)
        )
        for shape, small, large, growth in _HOSTILE.findall(output)
    ]


def _run(folder: Path, script: str, *arguments: str, limit_s: float | None = None) -> str:
    """Run a script and return what it has printed, within ``limit_s`` when that is given."""
    command = [sys.executable, "-W", "ignore", str(folder / script), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode()
    return done.stdout
