"""What a caller may know of a job. Knows neither RQ nor Redis."""

from dataclasses import dataclass
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

    @property
    def is_end(self) -> bool:
        """Whether the job will not change any more."""
        return self not in {JobStatus.QUEUED, JobStatus.STARTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job as it was when somebody looked; ``result`` only means something once finished."""

    id: str
    task: str
    caller: str
    request_id: str
    status: JobStatus
    result: JsonValue = None
