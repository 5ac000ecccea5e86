"""A process that serves for long keeps what it has loaded out of the way."""

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from flaskapp.launch import settled_memory

_PROGRAM = """
import gc
from pathlib import Path
from flaskapp.launch.settled_memory import settle_memory

kept = [str(number) for number in range(400_000)]
settle_memory()
assert kept == [str(number) for number in range(400_000)]
assert gc.get_freeze_count() > 1_000
words = Path("/proc/self/smaps_rollup").read_text().split()
print(words[words.index("AnonHugePages:") + 1])
"""


def _offers_large_pages() -> bool:
    """Tell whether this system gives large pages to who asks for them."""
    if "[never]" in Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text():
        return False
    with mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE) as memory:
        memory.write(b"x" * len(memory))
        try:
            memory.madvise(25)
        except OSError:
            return False
    return True


def test_what_is_loaded_lies_in_large_pages_where_there_are_any() -> None:
    """It holds what it held, and is not looked through for garbage."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )

    assert (int(done.stdout) > 0) == _offers_large_pages()


@pytest.mark.parametrize("enabled", ["always madvise [never]", None])
def test_system_without_large_pages_is_left_as_it_is(
    enabled: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it has none, or its operator wants none."""
    if enabled:
        (tmp_path / "enabled").write_text(enabled)
    monkeypatch.setattr(settled_memory, "_LARGE_PAGES", tmp_path)
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("gc.set_threshold", lambda _objects: None)
    monkeypatch.setattr("ctypes.CDLL", _refuse)

    settled_memory.settle_memory()


def _refuse(_name: object) -> None:
    raise AssertionError("asks for large pages")
