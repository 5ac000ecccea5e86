"""What can go wrong with tasks and jobs. Knows no status codes."""

from rq.exceptions import DeserializationError


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


class NotSubmitted(QueueUnavailable):
    """The job was not submitted, as far as is known."""


class IdempotencyKeyReused(TasksError):  # noqa: N818
    """The idempotency key was used for another request."""


class IdempotencyKeyInUse(TasksError):  # noqa: N818
    """The request that has the idempotency key is still under way."""


class NotJson(TasksError):  # noqa: N818
    """The value is not JSON."""


class UnsupportedRedisUrl(TasksError):  # noqa: N818
    """REDIS_URL must be redis://, rediss://, unix:// or sentinel://host:port,…/service?db=0."""


class InvalidKeys(TasksError):  # noqa: N818
    """The keys are invalid."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class SealBroken(TasksError, DeserializationError):  # noqa: N818 - RQ expects its own error
    """What was stored was not sealed by us for this place: it is forged, altered or replayed."""


class UnknownSealKey(SealBroken):
    """What was stored is sealed under a key that PAYLOAD_KEYS does not hold."""


class TaskFailed(TasksError):  # noqa: N818
    """A task failed; the message holds types and frames, never a value."""


class TooManyDeliveries(TasksError):  # noqa: N818
    """The job was given to several workers, and each was lost with it."""


class DeadlinePassed(TasksError):  # noqa: N818
    """The job did not start by its deadline, and was not run."""


class TakenBack(TasksError):  # noqa: N818
    """The job was brought back meanwhile: this worker had been silent for too long."""


class Superseded(BaseException):
    """The job was brought back or deleted while it ran: its end no longer counts.

    Not an Exception, since RQ logs and swallows those where it stores a failure.
    """
