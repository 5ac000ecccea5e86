"""What a caller may know of a job. Knows neither RQ nor Redis."""

from dataclasses import dataclass, field
from enum import StrEnum

from alerting.finding import JsonValue


class JobStatus(StrEnum):
    """Where a job is in its life; every one but the first two is an end."""

    QUEUED = "queued"
    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_end(self) -> bool:
        """Whether the job will not change any more."""
        return self not in {JobStatus.QUEUED, JobStatus.STARTED}


_MOST = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of a job is done, in whatever the task counts; raises ValueError."""

    done: int
    total: int

    def __post_init__(self) -> None:
        if type(self.done) is not int or type(self.total) is not int:
            raise ValueError("progress is counted in whole numbers")
        if not 0 <= self.done <= self.total <= _MOST:
            raise ValueError("progress goes from 0 to its total, which is at most a billion")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job as it was when somebody looked; ``result`` only means something once finished.

    Beyond its ``deadline``, as of :mod:`tasks.deadline`, a job that is queued does not start.
    """

    id: str
    task: str
    caller: str
    request_id: str
    status: JobStatus
    result: JsonValue = None
    progress: Progress | None = None
    deadline: str | None = field(default=None, compare=False)
