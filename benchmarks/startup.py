"""Start: import and first scan of a system in a fresh process, beside ``import flask``."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.systems import OURS, System
from benchmarks.timing import Timing, in_turn, summary

ROOT = Path(__file__).parents[1]
YARDSTICK = "import flask"
_ROUNDS = 9
_LIMIT_S = 5.0
_TEXT = "olena.koval@example.com, +380671234567"
_TIMED = "import time; begin = time.perf_counter(); {code}; print(time.perf_counter() - begin)"


def measure(systems: Sequence[System]) -> dict[str, Timing]:
    """Time the start of every system and the import of Flask, in turn."""
    codes = {YARDSTICK: "import flask"} | {one.name: _first_scan(one) for one in systems}
    processes = {name: _process(code) for name, code in codes.items()}
    for process in processes.values():  # compiles and caches the modules
        process()
    taken = in_turn(processes, rounds=_ROUNDS, limit_s=_LIMIT_S)
    return {name: summary(seconds) for name, seconds in taken.items()}


def _first_scan(system: System) -> str:
    if system.name == OURS:
        return f"from alerting.detector import Detector; Detector().scan_text({_TEXT!r})"
    return f"from {system.module} import detect; list(detect({_TEXT!r}))"


def _process(code: str) -> Callable[[], float]:
    command = [sys.executable, "-c", _TIMED.format(code=code)]

    def seconds() -> float:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return float(done.stdout)

    return seconds
