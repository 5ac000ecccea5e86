"""The boundary between piigate and its job queue, kept by the real queue and by its twin."""

from typing import Protocol

from alerting.finding import JsonValue
from tasks.job_state import JobState
from tasks.registry import Task


class JobQueue(Protocol):
    """Runs payloads through tasks as jobs."""

    def submit(self, task: Task, payload: JsonValue, *, caller: str, request_id: str) -> str:
        """Enqueue a job and return its id; raises QueueUnavailable."""
        ...

    def wait(self, job_id: str, *, timeout_s: float) -> JobState:
        """Return the job's state at its end, or as it is after ``timeout_s`` seconds.

        Raises JobNotFound when the job does not exist or vanishes, QueueUnavailable.
        """
        ...

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound, QueueUnavailable."""
        ...

    def ping(self) -> None:
        """Return when the queue answers; raises QueueUnavailable."""
        ...
