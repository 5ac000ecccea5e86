"""The memory of a process that has loaded all it needs, and serves from now on."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from pathlib import Path

_logger = logging.getLogger(__name__)

_COLLAPSE = 25
"""MADV_COLLAPSE of madvise(2), since Linux 6.1."""
_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")


def settle_memory() -> None:
    """Take what is loaded for lasting: it is no garbage, and lies in large pages.

    A processor knows by heart where some thousand pages lie; a request touches more small ones
    than that. Needs about 30 MB for what was shared with the process that was forked. A system
    that has no large pages, or none to give, and one where they are set to ``never``, leaves all
    as it is.
    """
    gc.freeze()
    gc.set_threshold(10_000)  # Nor is what a request makes garbage, in the time of one.
    try:
        _use_large_pages()
    except (OSError, AttributeError, ValueError) as error:
        _logger.debug("no large pages: %s", error)


def _use_large_pages() -> None:
    if "[never]" in (_LARGE_PAGES / "enabled").read_text():
        return
    size = int((_LARGE_PAGES / "hpage_pmd_size").read_text())
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _heap(Path("/proc/self/maps").read_text()):
        if end - start >= size:
            madvise(start, end - start, _COLLAPSE)


def _heap(maps: str) -> Iterator[tuple[int, int]]:
    """Return where memory lies that can be written and is of no file; proc_pid_maps(5)."""
    for line in maps.splitlines():
        addresses, rights, _, device, _, *name = line.split()
        if rights == "rw-p" and device == "00:00" and name in ([], ["[heap]"]):
            start, end = addresses.split("-")
            yield int(start, 16), int(end, 16)
