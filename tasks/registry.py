"""The registry of tasks: named business functions that jobs may run. Knows neither RQ nor Redis."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType, ModuleType

import tasks.catalog
import tasks.system
from alerting import plugins
from alerting.errors import DuplicatePlugin
from alerting.finding import JsonValue
from tasks.errors import UnknownTask

TaskFunction = Callable[[JsonValue], JsonValue]
ENTRY_POINT_GROUP = "piigate.tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A named business function: payload in, result out, both JSON.

    ``timeout_s`` is the longest a job may run; None takes the setting ``JOB_TIMEOUT``. ``ttl_s`` is
    the longest it may stay queued; None takes ``JOB_TTL``. A job that was lost with its worker runs
    again only if the task ``is_idempotent``. One that ``is_system`` is piigate's own: no caller may
    name it.
    """

    name: str
    function: TaskFunction
    queue: str
    timeout_s: int | None
    is_idempotent: bool = False
    ttl_s: float | None = None
    is_system: bool = False

    @property
    def path(self) -> str:
        """Dotted path of the function, the name RQ stores with a job."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    @property
    def summary(self) -> str:
        """First line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def task(
    *,
    name: str | None = None,
    queue: str = "default",
    timeout_s: int | None = None,
    idempotent: bool = False,
) -> Callable[[TaskFunction], TaskFunction]:
    """Mark a function of a catalogue module as a task.

    The name defaults to the function's own, with hyphens for underscores. An ``idempotent`` task
    may run twice: a job that was lost with its worker is delivered again. The built-in tasks are
    idempotent; of others nobody knows, so their lost jobs fail unless they say so.
    """

    def mark(function: TaskFunction) -> TaskFunction:
        function.piigate_task = Task(  # type: ignore[attr-defined] # the mark that discovery reads
            name=name or function.__name__.replace("_", "-"),
            function=function,
            queue=queue,
            timeout_s=timeout_s,
            is_idempotent=idempotent,
        )
        return function

    return mark


class TaskRegistry:
    """Tasks by name and by the dotted path that a job stores; iterates over those for callers."""

    def __init__(self, found: Iterable[Task]) -> None:
        by_name: dict[str, Task] = {}
        for one in found:
            first = by_name.setdefault(one.name, one)
            if first.path != one.path:
                raise DuplicatePlugin(name=one.name, first=first.path, second=one.path)
        self._by_name = MappingProxyType(dict(sorted(by_name.items())))
        self._by_path = MappingProxyType({one.path: one for one in by_name.values()})

    def __iter__(self) -> Iterator[Task]:
        return (one for one in self._by_name.values() if not one.is_system)

    def named(self, name: str) -> Task:
        """Return the task of that name that callers may name; raises UnknownTask."""
        found = self._by_name.get(name)
        if found is None or found.is_system:
            raise UnknownTask
        return found

    def at(self, path: str) -> Task:
        """Return the task whose function has that dotted path; raises UnknownTask."""
        try:
            return self._by_path[path]
        except KeyError:
            raise UnknownTask from None


@functools.cache
def discover() -> TaskRegistry:
    """Collect the tasks of ``tasks/catalog`` and of the entry points ``piigate.tasks``.

    Those of ``tasks/system`` come with them. Raises DuplicatePlugin when two tasks share a name.
    """
    own = (replace(one, is_system=True) for one in _marked(plugins.in_folder(tasks.system)))
    return TaskRegistry(
        [*own, *_marked(plugins.discover(tasks.catalog, ENTRY_POINT_GROUP).values())]
    )


def _marked(modules: Iterable[ModuleType]) -> Iterator[Task]:
    for module in modules:
        for value in vars(module).values():
            if isinstance(getattr(value, "piigate_task", None), Task):
                yield value.piigate_task
