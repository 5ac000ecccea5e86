"""How a request is answered whose job does not end well, or not in time."""

from typing import Any

import pytest

from alerting.finding import JsonValue
from flaskapp.settings import WebSettings
from tasks.errors import JobNotFound, NotSubmitted, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.memory import InMemoryQueue
from tasks.registry import Task
from tests.flaskapp.another_queue import client_on
from tests.flaskapp.conftest import Auth, LogLines
from tests.flaskapp.reported import CONTACT, reports


class EndingQueue(InMemoryQueue):
    """A queue whose jobs are, when somebody waits for them, as the test says."""

    def __init__(self, status: JobStatus) -> None:
        super().__init__()
        self.status = status

    def wait(self, job_id: str, **_how: Any) -> JobState:
        """Return the job in the state of the test."""
        return JobState(id=job_id, task="echo", caller="alice", request_id="1", status=self.status)


class LostQueue(InMemoryQueue):
    """A queue that takes jobs and is then out of reach, or has lost them."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def wait(self, job_id: str, **_how: Any) -> JobState:
        """Raise the error of the test."""
        raise self.error


class ClosedQueue(InMemoryQueue):
    """A queue out of reach."""

    def submit(self, task: Task, payload: JsonValue, **_how: Any) -> str:
        """Refuse the job."""
        raise QueueUnavailable


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.STARTED])
def test_a_wait_that_ends_first_is_accepted(
    settings: WebSettings, auth: Auth, status: JobStatus
) -> None:
    """A job that is not over yet is answered with its address."""
    answer = client_on(settings, EndingQueue(status)).post("/run/echo", headers=auth())
    assert answer.status_code == 202
    assert answer.get_json()["status"] == status.value
    assert answer.headers["Location"] == f"/jobs/{answer.get_json()['job_id']}"


@pytest.mark.parametrize(
    ("status", "code", "slug"),
    [
        (JobStatus.FAILED, 500, "task-failed"),
        (JobStatus.TIMED_OUT, 504, "task-timeout"),
        (JobStatus.CANCELED, 409, "job-canceled"),
    ],
)
def test_a_job_that_ends_badly_is_a_problem_with_its_ids(
    settings: WebSettings, auth: Auth, status: JobStatus, code: int, slug: str
) -> None:
    """The problem names the job and the alert, so that both can be found."""
    answer = client_on(settings, EndingQueue(status)).post(
        "/run/echo", json=CONTACT, headers=auth()
    )
    assert answer.status_code == code
    problem = answer.get_json()
    assert problem["type"] == f"/docs#problem-{slug}"
    assert problem["job_id"]
    assert problem["alert_id"]


def test_losing_sight_of_the_queue_does_not_lose_the_job(settings: WebSettings, auth: Auth) -> None:
    """A job that was accepted stays accepted when the queue goes away."""
    answer = client_on(settings, LostQueue(QueueUnavailable)).post("/run/echo", headers=auth())
    assert answer.status_code == 202
    assert answer.headers["Location"]


def test_a_job_that_vanishes_is_canceled(settings: WebSettings, auth: Auth) -> None:
    """A job deleted while somebody waits ends the wait."""
    answer = client_on(settings, LostQueue(JobNotFound)).post("/run/echo", headers=auth())
    assert answer.status_code == 409
    assert answer.get_json()["job_id"]


@pytest.mark.parametrize("queue", [ClosedQueue(), LostQueue(NotSubmitted)])
def test_a_queue_out_of_reach_is_a_problem_that_names_the_alert(
    settings: WebSettings, auth: Auth, queue: InMemoryQueue
) -> None:
    """The alert stands although the job was not accepted, and the client learns its id."""
    answer = client_on(settings, queue).post("/run", json=CONTACT, headers=auth())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    problem = answer.get_json()
    assert problem["type"] == "/docs#problem-queue-unavailable"
    assert problem["alert_id"]
    assert "job_id" not in problem
    assert len(reports(settings)) == 1


def test_a_failing_task_is_answered_without_its_words(
    settings: WebSettings, auth: Auth, log_lines: LogLines
) -> None:
    """Neither the message nor the traceback of the task's error reaches anybody."""
    answer = client_on(settings, EndingQueue(JobStatus.FAILED)).post("/run", headers=auth())
    assert "Traceback" not in answer.text
    assert not any("Traceback" in line for line in log_lines())
