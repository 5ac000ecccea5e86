"""What people may know of the queues. Knows neither RQ nor Redis."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """A queue: jobs that wait and run, live workers, and how long the first job has waited."""

    name: str
    queued: int
    started: int
    workers: int
    wait_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A job that failed; ``reason`` is the type of the error, never what it says."""

    job_id: str
    task: str
    caller: str
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The queues, their live workers, and the jobs that failed last, newest first."""

    queues: tuple[QueueState, ...]
    failures: tuple[Failure, ...]
    workers: int
