"""Which queues there are: those of the tasks and those that the settings add."""

from tasks.alert_handler import ALERTS_QUEUE
from tasks.registry import TaskRegistry
from tasks.settings import TasksSettings


def known_queues(settings: TasksSettings, tasks: TaskRegistry) -> list[str]:
    """Return the names of all queues that callers may use, sorted."""
    return sorted({task.queue for task in tasks} | set(settings.queues))


def served_queues(settings: TasksSettings, tasks: TaskRegistry) -> list[str]:
    """Return the names of all queues that have workers, sorted."""
    return sorted({*known_queues(settings, tasks), ALERTS_QUEUE})
