"""Processes under measurement."""

import os
import sys
from pathlib import Path

import pytest

from benchmarks.processes import NotInTime, started, wait_until

_FAMILY = """
import os, sys, time
child = os.fork()
if child == 0:
    while time.process_time() < 0.2: pass
    os._exit(0)
os.waitpid(child, 0)
os.fork()
print("forked", flush=True)
time.sleep(60)
"""

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@needs_proc
def test_cpu_and_memory_are_those_of_the_whole_family(tmp_path: Path) -> None:
    """What a child used that is gone counts, and no process is left at the end."""
    output = tmp_path / "output.txt"
    words = [sys.executable, "-c", _FAMILY]
    with started(words, environment=os.environ, output=output) as family:
        wait_until(
            lambda: output.read_text().count("forked") == 2,
            within_s=20,
            every_s=0.02,
            what="a family",
        )
        pids = family.pids
        assert len(pids) == 2
        assert family.cpu_s() >= 0.15
        assert family.memory_kib() > 1000
    assert not family.pids


def test_a_wait_that_is_in_vain_says_for_what() -> None:
    """The error names what did not happen."""
    with pytest.raises(NotInTime, match="the end of the world"):
        wait_until(lambda: False, within_s=0, every_s=0, what="the end of the world")
