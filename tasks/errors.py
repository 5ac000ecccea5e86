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


class NotJson(TasksError):  # noqa: N818
    """The value is not JSON."""


class UnsupportedRedisUrl(TasksError):  # noqa: N818
    """REDIS_URL must be redis://, rediss://, unix:// or sentinel://host:port,…/service?db=0."""


class TaskFailed(TasksError):  # noqa: N818
    """A task failed; the message holds types and frames, never a value."""


class TooManyDeliveries(TasksError):  # noqa: N818
    """The job was given to several workers, and each was lost with it."""


class TakenBack(TasksError):  # noqa: N818
    """The job was brought back meanwhile: this worker had been silent for too long."""
