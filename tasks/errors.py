"""What can go wrong with tasks and jobs. Knows no status codes."""


class TasksError(Exception):
    """A task or job failed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class UnknownTask(TasksError):  # noqa: N818 - a fact about the name, not an error name
    """There is no such task."""


class JobNotFound(TasksError):  # noqa: N818
    """There is no such job, or its result has expired."""


class QueueUnavailable(TasksError):  # noqa: N818
    """The job queue cannot be reached."""


class UnserialisableResult(TasksError):  # noqa: N818
    """The task returned something that is not JSON."""
