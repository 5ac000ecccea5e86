"""The systems that are measured: our detector and the peers that are installed."""

import importlib
import json
import pkgutil
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import benchmarks.peers
from benchmarks import adapter

OURS = "piigate"
BASELINE = "json.loads"

Call = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A detector of texts: what it is called, where its ``detect`` is, and how it is set up."""

    name: str
    module: str
    setup: str
    detect: Callable[[str], Iterator[tuple[Any, ...]]]

    @property
    def target(self) -> str:
        """The detector in the form ``module:function``."""
        return f"{self.module}:detect"

    def call_on(self, raw: bytes) -> Call:
        """Return the call that is timed: we read and scan the payload, peers scan its text."""
        if self.name == OURS:
            scan = adapter.detector().scan
            return lambda: scan(json.loads(raw))
        text, detect = raw.decode(), self.detect
        return lambda: deque(detect(text), maxlen=0)


def ours() -> System:
    """Return our detector, everything on."""
    return System(
        name=OURS,
        module=adapter.__name__,
        setup="every recognizer, on the payload: `Detector().scan(json.loads(raw))`",
        detect=adapter.detect,
    )


def installed_peers() -> tuple[list[System], list[str]]:
    """Return the peers that are installed, and the files of those that are not."""
    found, missing = [], []
    for file in pkgutil.iter_modules(benchmarks.peers.__path__):
        if file.ispkg:
            continue
        name = f"{benchmarks.peers.__name__}.{file.name}"
        try:
            module = importlib.import_module(name)
        except ImportError:
            missing.append(file.name)
        else:
            found.append(_peer(name, module))
    return found, missing


def _peer(name: str, module: Any) -> System:
    version = f"{module.PACKAGE} {metadata.version(module.PACKAGE)}: " if module.PACKAGE else ""
    return System(name=module.NAME, module=name, setup=version + module.SETUP, detect=module.detect)
