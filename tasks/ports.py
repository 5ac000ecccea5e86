"""The boundary between piigate and its job queue, kept by the real queue and by its twin."""

from collections.abc import Callable, Sequence
from typing import Protocol

from alerting.finding import JsonValue
from tasks.alert_entry import AlertEntry
from tasks.claim import Claim, Submission
from tasks.group import Place
from tasks.job_state import JobState
from tasks.queue_state import Overview
from tasks.registry import Task


def never() -> bool:
    """Say no: whoever waits does not give up."""
    return False


class JobQueue(Protocol):
    """Runs payloads through tasks as jobs."""

    def submit(  # noqa: PLR0913 - each is a fact of its own about the job
        self,
        task: Task,
        payload: JsonValue,
        *,
        caller: str,
        request_id: str,
        claim: Claim | None = None,
        place: Place | None = None,
        alert: AlertEntry | None = None,
        is_awaited: bool = False,
    ) -> str:
        """Enqueue a job, with a place as one of a group, with its payload's alert; return its id.

        With a claim that was made before, the job becomes the one of its key. Whoever waits for
        the job next, and says so, may be told there that it was not submitted. Raises
        QueueUnavailable, NotJson, and IdempotencyKeyInUse when the claim was lost to another.
        """
        ...

    def claim(self, claim: Claim) -> Submission | None:
        """Make the claim, or return what became of the request that has made it before.

        Raises IdempotencyKeyReused, IdempotencyKeyInUse, QueueUnavailable.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Give up a claim that has no job, so that the next request may make it.

        Raises QueueUnavailable.
        """
        ...

    def wait(
        self, job_id: str, *, timeout_s: float, is_given_up: Callable[[], bool] = never
    ) -> JobState:
        """Return the job's state at its end, or as it is after ``timeout_s`` seconds.

        The wait also ends within about a second when ``is_given_up``, which is asked meanwhile.
        Raises JobNotFound when the job does not exist or vanishes, QueueUnavailable, NotSubmitted.
        """
        ...

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound, QueueUnavailable."""
        ...

    def fetch_group(self, group_id: str) -> dict[int, JobState]:
        """Return the states of a group's jobs by their lines, in order, of those that are kept.

        Raises QueueUnavailable.
        """
        ...

    def wait_for_change(self, known: JobState, *, timeout_s: float) -> JobState:
        """Return the job's state once it is another than the one that is known, or time is up.

        An end and progress are told at once, a start within ``timeout_s``. Raises JobNotFound when
        the job does not exist or vanishes, QueueUnavailable.
        """
        ...

    def cancel(self, job_id: str) -> JobState:
        """Cancel a queued job or stop a running one, and return its state then.

        A running job may take longer to stop than this waits; one that has ended stays as it is.
        Raises JobNotFound, QueueUnavailable.
        """
        ...

    def predicted_wait_s(self, queue: str) -> float:
        """Return how many seconds a job would be queued that is submitted now.

        It is measured, and 0 when nobody knows. Raises QueueUnavailable.
        """
        ...

    def ping(self) -> None:
        """Return when the queue answers; raises QueueUnavailable."""
        ...


class QueueOverview(Protocol):
    """Shows how queues are doing."""

    def look(self, queues: Sequence[str]) -> Overview:
        """Return how these queues are doing now; raises QueueUnavailable."""
        ...
