"""Jobs with values that the dashboard must not show."""

from typing import Any

from alerting.finding import JsonValue
from tasks.job_state import JobState
from tasks.queue import RedisQueue
from tests.marked_task import task_of

EMAIL = "canary.person@example.com"


NAME = "Canary Person"


PAYLOAD: JsonValue = {"email": EMAIL, "name": NAME}

CHANGES = (
    "/rq/requeue/default",
    "/rq/queue/default/queued/empty",
    "/rq/queue/default/compact",
    "/rq/job/{job_id}/delete",
    "/rq/job/{job_id}/requeue",
)


def submit(queue: RedisQueue, function: Any, payload: Any) -> str:
    """Submit a job of a task of the tests."""
    return queue.submit(task_of(function), payload, caller="alice", request_id="request-1")


def run(queue: RedisQueue, function: Any, payload: Any) -> JobState:
    """Return a job of a task of the tests as it ended."""
    return queue.wait(submit(queue, function, payload), timeout_s=20)
