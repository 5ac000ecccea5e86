"""Tasks as the catalogue has them, for tests."""

from typing import Any

from tasks.registry import Task


def task_of(function: Any) -> Task:
    """Return the task that a function is marked as."""
    marked = function.piigate_task
    assert isinstance(marked, Task)
    return marked
