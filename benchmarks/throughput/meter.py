"""What Redis itself counts of its commands, phase by phase."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis

# Single runs from here on are shown; on a busy machine any command may be among them.
SLOW_MS = 10


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


class Meter:
    """Reads what Redis counts, phase by phase."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.phases: dict[str, Phase] = {}

    def begin(self) -> None:
        """Count from here on."""
        self.client.config_set("slowlog-log-slower-than", SLOW_MS * 1000)
        self.client.slowlog_reset()
        self.client.config_resetstat()
        self._began = time.perf_counter()

    def end(self, name: str) -> None:
        """Keep what was counted as a phase."""
        seconds = time.perf_counter() - self._began
        self.phases[name] = Phase(
            seconds=seconds,
            commands=read_commands(self.client.info("commandstats")),
            slow=_slowest(self.client.slowlog_get(128)),
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


def _slowest(entries: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the milliseconds of the slowest run of each command in the slow log."""
    found: dict[str, float] = {}
    for entry in entries:
        command = entry["command"].split()[0].decode().lower()
        found[command] = max(found.get(command, 0), entry["duration"] / 1000)
    return found
