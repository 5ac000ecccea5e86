"""Speed: how long the systems take for one payload, beside json.loads of the same bytes."""

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.payloads import LARGE, Payload
from benchmarks.systems import BASELINE, Call, System
from benchmarks.timing import Timing, in_turn, summary

_PARTS = 10
"""A system too slow for the whole payload is timed on the first of this many parts."""
_ROUNDS = 9
_BATCH_S = 0.04
_LIMIT_S = 3.0
_SLOW_CALL_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The times for one payload, by the name of the system."""

    payload_bytes: int
    taken: dict[str, Timing]

    def rate(self, name: str) -> float:
        """Return the MB that a system does in a second."""
        return self.payload_bytes / self.taken[name].median_s / 1e6

    def ratio(self, name: str, other: str) -> float:
        """Return how many times as long as another a system takes."""
        return self.taken[name].median_s / self.taken[other].median_s


def measure(systems: Sequence[System], payload: Payload) -> Speed:
    """Time every system and json.loads on a payload, in turn."""
    calls: dict[str, Call] = {BASELINE: lambda: json.loads(payload.raw)}
    factors = {BASELINE: 1}
    for system in systems:
        factors[system.name] = _factor(system, payload)
        calls[system.name] = system.call_on(_part(payload.raw, factors[system.name]))
    # What the peers have loaded must not be walked by the collector while others are timed.
    gc.collect()
    gc.freeze()
    batches = {name: _batch(call) for name, call in calls.items()}
    taken = in_turn(batches, rounds=_ROUNDS, limit_s=_LIMIT_S)
    return Speed(
        payload_bytes=len(payload.raw),
        taken={name: summary(taken[name], factor=factors[name]) for name in calls},
    )


def _factor(system: System, payload: Payload) -> int:
    """Return how many times the part that is timed goes into the payload."""
    if payload.size < LARGE or _PARTS * _seconds(_probe(system, payload)) < _SLOW_CALL_S:
        return 1
    return _PARTS


def _probe(system: System, payload: Payload) -> Call:
    text, detect = _part(payload.raw, _PARTS).decode(), system.detect
    return lambda: list(detect(text))


def _part(raw: bytes, parts: int) -> bytes:
    return raw[: len(raw) // parts].decode(errors="ignore").encode()


def _batch(call: Call) -> Callable[[], float]:
    """Return a measure that repeats a call long enough to be timed, once warmed up."""
    times = 1
    if _seconds(call) < _BATCH_S:
        times = max(1, round(_BATCH_S / _seconds(call)))

    def seconds_per_call() -> float:
        begin = time.perf_counter()
        for _ in range(times):
            call()
        return (time.perf_counter() - begin) / times

    return seconds_per_call


def _seconds(call: Call) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin
