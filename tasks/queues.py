"""Which queues there are: those of the tasks and those that the settings add."""

from tasks.registry import TaskRegistry
from tasks.settings import TasksSettings


def known_queues(settings: TasksSettings, tasks: TaskRegistry) -> list[str]:
    """Return the names of all queues, sorted."""
    return sorted({task.queue for task in tasks} | set(settings.queues))
