"""What every job queue keeps, real or in memory."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from tasks.catalog.echo import echo
from tasks.claim import Claim, Submission
from tasks.errors import IdempotencyKeyInUse, IdempotencyKeyReused, JobNotFound, NotJson
from tasks.group import Place
from tasks.job_state import JobState, JobStatus, Progress
from tasks.memory import InMemoryQueue
from tasks.ports import JobQueue
from tests.marked_task import task_of
from tests.tasks import odd_tasks


@pytest.fixture(params=["memory", "redis"])
def queue(request: pytest.FixtureRequest) -> JobQueue:
    """Each kind of queue in turn, with something that runs its jobs."""
    if request.param == "memory":
        return InMemoryQueue(unserved={"idle"})
    real: JobQueue = request.getfixturevalue("served").queue
    return real


def submit(queue: JobQueue, function: Any, payload: Any) -> str:
    """Submit a payload on behalf of somebody."""
    return queue.submit(task_of(function), payload, caller="ann", request_id="r-1")


@pytest.mark.parametrize(
    "payload",
    [{}, [], None, "", "Привіт 🙂", 0, 1.5, True, {"a": [{"b": None}]}, 2**70],
    ids=repr,
)
def test_finished_job_has_its_result(queue: JobQueue, payload: Any) -> None:
    """A finished job carries what its task returned, whatever JSON that is."""
    state = queue.wait(submit(queue, echo, payload), timeout_s=10)

    assert state.status is JobStatus.FINISHED
    assert state.result == payload


def test_state_says_whose_job_it_is(queue: JobQueue) -> None:
    """A job's state carries its id, task, caller and request."""
    job_id = submit(queue, echo, 1)

    state = queue.wait(job_id, timeout_s=10)

    assert (state.id, state.task, state.caller, state.request_id) == (job_id, "echo", "ann", "r-1")
    assert queue.fetch(job_id) == state


def test_wait_that_ends_first_returns_the_job_as_it_is(queue: JobQueue) -> None:
    """A wait of a fraction of a second ends in time, and the job goes on."""
    job_id = submit(queue, odd_tasks.sleep, 0.8)
    begin = time.monotonic()

    state = queue.wait(job_id, timeout_s=0.25)

    assert 0.2 < time.monotonic() - begin < 0.6
    assert state.status in {JobStatus.QUEUED, JobStatus.STARTED}
    assert queue.wait(job_id, timeout_s=10).status is JobStatus.FINISHED


def test_wait_of_no_time_looks_once(queue: JobQueue) -> None:
    """Waiting for no time at all is a look at the job."""
    job_id = submit(queue, odd_tasks.sleep, 0.3)

    assert not queue.wait(job_id, timeout_s=0).status.is_end


@pytest.mark.parametrize("function", [odd_tasks.fail, odd_tasks.leave])
def test_task_that_raises_fails_its_job(queue: JobQueue, function: Any) -> None:
    """An exception of any kind fails the job and nothing else."""
    state = queue.wait(submit(queue, function, 1), timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert queue.wait(submit(queue, echo, 1), timeout_s=10).status is JobStatus.FINISHED


def test_task_that_overruns_is_timed_out(queue: JobQueue) -> None:
    """A job that runs longer than its task allows ends as timed out, at once."""
    begin = time.monotonic()

    state = queue.wait(submit(queue, odd_tasks.overrun, 1), timeout_s=10)

    assert state.status is JobStatus.TIMED_OUT
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize("what", odd_tasks.NOT_JSON)
def test_result_that_is_not_json_fails_its_job(queue: JobQueue, what: str) -> None:
    """A result that JSON cannot hold exactly is a failure, not a success with another value."""
    state = queue.wait(submit(queue, odd_tasks.return_not_json, what), timeout_s=10)

    assert state.status is JobStatus.FAILED
    assert state.result is None


@pytest.mark.parametrize(
    "payload",
    [float("nan"), {1: 2}, "\udfff", object()],
    ids=["no number", "a number for a name", "half a character", "no JSON type"],
)
def test_payload_that_is_not_json_is_refused(queue: JobQueue, payload: Any) -> None:
    """What is not JSON never becomes a job."""
    with pytest.raises(NotJson):
        submit(queue, echo, payload)


@pytest.mark.parametrize(
    "job_id",
    ["", "x", "../x", "a" * 1000, "3f2b1c9e-0000-4000-8000-000000000000", "a:b", "\n", "é"],
)
def test_unknown_job_is_not_found(queue: JobQueue, job_id: str) -> None:
    """An id that no job has, or that no job could have, is not found."""
    with pytest.raises(JobNotFound):
        queue.fetch(job_id)
    with pytest.raises(JobNotFound):
        queue.wait(job_id, timeout_s=5)


def test_job_keeps_the_payload_as_it_was_submitted(queue: JobQueue) -> None:
    """Changing the payload afterwards changes neither the job nor its result."""
    payload = {"a": [1]}
    job_id = submit(queue, echo, payload)
    payload["a"].append(2)

    assert queue.wait(job_id, timeout_s=10).result == {"a": [1]}


def test_all_who_wait_for_a_job_hear_of_its_end(queue: JobQueue) -> None:
    """Many waits for one job all return at its end."""
    job_id = submit(queue, odd_tasks.sleep, 0.5)
    heard: list[JobStatus] = []

    def wait() -> None:
        heard.append(queue.wait(job_id, timeout_s=10).status)

    waits = [threading.Thread(target=wait) for _ in range(20)]
    for one in waits:
        one.start()
    for one in waits:
        one.join(timeout=2)

    assert heard == [JobStatus.FINISHED] * 20


def test_ping_returns_when_the_queue_answers(queue: JobQueue) -> None:
    """A queue within reach answers."""
    queue.ping()


def submit_to_idle(queue: JobQueue) -> str:
    """Submit a job that nothing will run."""
    task = replace(task_of(echo), queue="idle")
    return queue.submit(task, 1, caller="ann", request_id="r-1")


def test_queued_job_is_canceled(queue: JobQueue) -> None:
    """A queued job ends as canceled; canceling it again changes nothing."""
    job_id = submit_to_idle(queue)

    assert queue.fetch(job_id).status is JobStatus.QUEUED
    assert queue.cancel(job_id).status is JobStatus.CANCELED
    assert queue.cancel(job_id).status is JobStatus.CANCELED
    assert queue.fetch(job_id).status is JobStatus.CANCELED


def test_canceled_queued_job_wakes_its_waiter(queue: JobQueue) -> None:
    """Who waits for a queued job hears at once that it was canceled."""
    job_id = submit_to_idle(queue)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(queue.wait, job_id, timeout_s=10)
        time.sleep(0.3)
        queue.cancel(job_id)

        assert waiting.result(timeout=1).status is JobStatus.CANCELED


def test_running_job_is_stopped(queue: JobQueue) -> None:
    """A running job ends as canceled within a second, its waiter hears it, and work goes on."""
    job_id = submit(queue, odd_tasks.sleep, 20)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(queue.wait, job_id, timeout_s=10)
        time.sleep(0.5)
        begin = time.monotonic()
        state = queue.cancel(job_id)

        assert state.status is JobStatus.CANCELED
        assert waiting.result(timeout=1).status is JobStatus.CANCELED
        assert time.monotonic() - begin < 1
    assert queue.wait(submit(queue, echo, 1), timeout_s=10).result == 1


def test_job_that_has_ended_stays_as_it_is(queue: JobQueue) -> None:
    """There is nothing to cancel about a job that has a result."""
    job_id = submit(queue, echo, 1)
    ended = queue.wait(job_id, timeout_s=10)

    assert queue.cancel(job_id) == ended
    assert queue.fetch(job_id) == ended


def test_unknown_job_cannot_be_canceled(queue: JobQueue) -> None:
    """Canceling says when there is no such job."""
    with pytest.raises(JobNotFound):
        queue.cancel("3f2b1c9e-0000-4000-8000-000000000000")


def test_wait_that_is_given_up_ends(queue: JobQueue) -> None:
    """A wait ends soon after nobody waits any more, and the job stays."""
    job_id = submit_to_idle(queue)
    gone = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(queue.wait, job_id, timeout_s=20, is_given_up=gone.is_set)
        time.sleep(0.2)
        gone.set()

        assert waiting.result(timeout=2).status is JobStatus.QUEUED


@pytest.fixture
def claim() -> Claim:
    """Return a claim on a key of the test's own."""
    return Claim(key=uuid.uuid4().hex, request="a payload", hold_s=5)


def again(claim: Claim, **changes: Any) -> Claim:
    """Return the claim of another request with the same key."""
    return replace(claim, owner="another", **changes)


def submit_claimed(queue: JobQueue, claim: Claim) -> str:
    """Submit a job under a claim."""
    return queue.submit(task_of(echo), 1, caller="ann", request_id="r-1", claim=claim)


def test_claim_without_a_job_is_in_use(queue: JobQueue, claim: Claim) -> None:
    """While the first request has no job yet, the next one has to wait."""
    assert queue.claim(claim) is None
    with pytest.raises(IdempotencyKeyInUse):
        queue.claim(again(claim))


def test_claim_with_a_job_leads_to_it(queue: JobQueue, claim: Claim) -> None:
    """Once there is a job, the next request is told of it and of its alert."""
    queue.claim(claim)
    job_id = submit_claimed(queue, replace(claim, alert_id="an alert"))

    assert queue.claim(again(claim)) == Submission(job_id=job_id, alert_id="an alert")
    assert queue.claim(again(claim)) == Submission(job_id=job_id, alert_id="an alert")


@pytest.mark.parametrize("has_job", [False, True])
def test_key_of_another_request_is_refused(queue: JobQueue, claim: Claim, has_job: bool) -> None:
    """A key stands for one request, before and after it has its job."""
    queue.claim(claim)
    if has_job:
        submit_claimed(queue, claim)

    with pytest.raises(IdempotencyKeyReused):
        queue.claim(again(claim, request="another payload"))


def test_keys_do_not_know_each_other(queue: JobQueue, claim: Claim) -> None:
    """Another key is free, whatever its request."""
    queue.claim(claim)

    assert queue.claim(again(claim, key=uuid.uuid4().hex)) is None


def test_claim_that_is_released_is_free(queue: JobQueue, claim: Claim) -> None:
    """A request that failed leaves its key to the next one."""
    queue.claim(claim)
    queue.release(claim)

    assert queue.claim(again(claim)) is None


def test_only_its_owner_releases_a_claim_without_a_job(queue: JobQueue, claim: Claim) -> None:
    """Neither another request's claim nor one with a job is given up."""
    queue.claim(claim)
    queue.release(again(claim))
    with pytest.raises(IdempotencyKeyInUse):
        queue.claim(again(claim))
    job_id = submit_claimed(queue, claim)
    queue.release(claim)

    assert queue.claim(again(claim)) == Submission(job_id=job_id, alert_id=None)


def test_claim_of_somebody_who_is_gone_is_taken_over(queue: JobQueue, claim: Claim) -> None:
    """A claim without a job ends by itself, and its late owner submits no second job."""
    late = replace(claim, hold_s=0.2)
    queue.claim(late)
    time.sleep(0.3)
    assert queue.claim(again(claim)) is None
    job_id = submit_claimed(queue, again(claim))

    with pytest.raises(IdempotencyKeyInUse):
        submit_claimed(queue, late)
    assert queue.claim(claim) == Submission(job_id=job_id, alert_id=None)


def test_claim_that_ended_takes_no_job(queue: JobQueue, claim: Claim) -> None:
    """A late request submits nothing, even where nobody took its key over."""
    late = replace(claim, hold_s=0.2)
    queue.claim(late)
    time.sleep(0.3)

    with pytest.raises(IdempotencyKeyInUse):
        submit_claimed(queue, late)
    assert queue.claim(claim) is None


def test_of_many_claims_at_once_one_is_made(queue: JobQueue, claim: Claim) -> None:
    """Twenty requests with one key at the same time have one owner."""

    def make(number: int) -> bool:
        try:
            return queue.claim(replace(claim, owner=str(number))) is None
        except IdempotencyKeyInUse:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(make, range(20))) == 1


def follow(queue: JobQueue, job_id: str) -> list[JobState]:
    """Return the states of a job from now to its end."""
    states = [queue.fetch(job_id)]
    deadline = time.monotonic() + 15
    while not states[-1].status.is_end and time.monotonic() < deadline:
        states.append(queue.wait_for_change(states[-1], timeout_s=5))
    return states


def test_progress_is_heard_at_once(queue: JobQueue) -> None:
    """Who follows a job hears of each step it takes, and of its end."""
    states = follow(queue, submit(queue, odd_tasks.count, 3))

    heard = list(dict.fromkeys(state.progress for state in states if state.progress))
    assert heard[-1] == Progress(done=3, total=3)
    assert len(heard) >= 3
    assert states[-1].status is JobStatus.FINISHED
    assert queue.fetch(states[-1].id) == states[-1]


def test_job_that_says_nothing_has_no_progress(queue: JobQueue) -> None:
    """Progress is a task's own word."""
    assert queue.wait(submit(queue, echo, 1), timeout_s=10).progress is None


def test_job_that_does_not_change_is_as_it_was(queue: JobQueue) -> None:
    """Time that passes without a change returns what is known."""
    known = queue.fetch(submit_to_idle(queue))
    begin = time.monotonic()

    assert queue.wait_for_change(known, timeout_s=0.3) == known
    assert 0.25 < time.monotonic() - begin < 1


def test_change_that_has_come_already_is_told_at_once(queue: JobQueue) -> None:
    """Nothing is missed between two looks."""
    known = queue.fetch(submit_to_idle(queue))
    queue.cancel(known.id)
    begin = time.monotonic()

    assert queue.wait_for_change(known, timeout_s=5).status is JobStatus.CANCELED
    assert time.monotonic() - begin < 1


def test_group_has_its_jobs_by_their_lines(queue: JobQueue) -> None:
    """Jobs of one group are found in the order of their lines, however they came."""
    group_id = uuid.uuid4().hex
    for line in (10, 2, 1):
        place = Place(group_id=group_id, line=line)
        job_id = queue.submit(task_of(echo), line, caller="ann", request_id="r-1", place=place)
        queue.wait(job_id, timeout_s=10)

    jobs = queue.fetch_group(group_id)

    assert [(line, job.result) for line, job in jobs.items()] == [(1, 1), (2, 2), (10, 10)]
    assert queue.fetch_group(uuid.uuid4().hex) == queue.fetch_group("*") == {}


def test_nobody_waits_where_nothing_is_known(queue: JobQueue) -> None:
    """An empty queue has no wait, and one that nobody serves none that could be known."""
    submit_to_idle(queue)

    assert queue.predicted_wait_s("no such queue") == 0
    assert queue.predicted_wait_s("idle") == 0


def submit_briefly(queue: JobQueue) -> str:
    """Submit a job that nothing runs within the half second that it has."""
    task = replace(task_of(echo), queue="idle", ttl_s=0.5)
    return queue.submit(task, 1, caller="ann", request_id="r-1")


def test_job_that_does_not_start_in_time_expires(queue: JobQueue) -> None:
    """A job ends at its deadline though nobody looks after it, and stays to be seen."""
    job_id = submit_briefly(queue)
    assert queue.fetch(job_id).status is JobStatus.QUEUED
    begin = time.monotonic()

    assert queue.wait(job_id, timeout_s=20).status is JobStatus.EXPIRED
    assert time.monotonic() - begin < 2.5
    assert queue.cancel(job_id).status is JobStatus.EXPIRED
    assert queue.fetch(job_id).status is JobStatus.EXPIRED


def test_change_to_expired_is_told_at_once(queue: JobQueue) -> None:
    """Who follows a job hears of its deadline."""
    known = queue.fetch(submit_briefly(queue))
    begin = time.monotonic()

    assert queue.wait_for_change(known, timeout_s=20).status is JobStatus.EXPIRED
    assert time.monotonic() - begin < 2.5


def test_job_that_starts_in_time_has_its_result(queue: JobQueue) -> None:
    """A deadline is about the start: the job may take longer."""
    task = replace(task_of(odd_tasks.sleep), ttl_s=1.5)
    job_id = queue.submit(task, 1.7, caller="ann", request_id="r-1")

    assert queue.wait(job_id, timeout_s=10).status is JobStatus.FINISHED


def test_unknown_job_does_not_change(queue: JobQueue) -> None:
    """Following says when there is no such job."""
    nobody = replace(queue.fetch(submit_to_idle(queue)), id="3f2b1c9e-0000-4000-8000-000000000000")
    with pytest.raises(JobNotFound):
        queue.wait_for_change(nobody, timeout_s=5)
