"""Loads what jobs need before the process forks, so that no process of a single job has to.

RQ's own worker forks for each job; ours has loaded everything before. Knows neither jobs nor Redis.
"""

import functools
import os

from tasks.payload_keys import process_keys
from tasks.registry import discover
from tasks.settings import process_settings


def preload() -> None:
    """Load settings, keys and tasks, unless they are; raises InvalidSettings, DuplicatePlugin."""
    process_settings()
    process_keys()
    discover()


@functools.cache
def preload_before_forks() -> None:
    """Have :func:`preload` run before this process forks; what it raises is printed then."""
    os.register_at_fork(before=preload)
