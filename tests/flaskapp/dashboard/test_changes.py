from pathlib import Path

import pytest
import rq
from flask.testing import FlaskClient
from redis import Redis

from tasks.job import Job
from tasks.job_state import JobStatus
from tasks.queue import RedisQueue
from tests.flaskapp.conftest import Auth
from tests.flaskapp.dashboard.jobs import CHANGES, PAYLOAD, run, submit
from tests.flaskapp.signing_in import SAME_ORIGIN
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.worker_process import OURS, worker


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}],
    ids=["silent", "cross-site", "other origin"],
)
@pytest.mark.parametrize("path", CHANGES)
def test_other_sites_change_nothing(
    admin: FlaskClient, queue: RedisQueue, path: str, headers: dict[str, str]
) -> None:
    """A POST that comes from no page of ours is refused, though it brings the session."""
    job_id = submit(queue, odd_tasks.sleep, 0)

    answer = admin.post(path.format(job_id=job_id), headers=headers)

    assert answer.status_code == 403
    assert queue.fetch(job_id).status is JobStatus.QUEUED


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_requeue_takes_a_post(
    admin: FlaskClient, queue: RedisQueue, work: None, method: str
) -> None:
    """Following a link requeues nothing."""
    job = run(queue, odd_tasks.fail, PAYLOAD)

    answer = admin.open("/rq/requeue/default", method=method, headers=SAME_ORIGIN)

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert queue.fetch(job.id).status is JobStatus.FAILED


def test_requeued_job_runs_again_as_it_was(
    admin: FlaskClient, queue: RedisQueue, redis: Redis, redis_process: RedisProcess, tmp_path: Path
) -> None:
    """Both ways to requeue put the stored job back unchanged, description and meta included."""
    with worker(*OURS, server=redis_process, home=tmp_path):
        jobs = [run(queue, odd_tasks.fail, PAYLOAD) for _ in range(2)]
    before = [stored(redis, job.id) for job in jobs]

    one = admin.post(f"/rq/job/{jobs[0].id}/requeue", headers=SAME_ORIGIN)
    rest = admin.post("/rq/requeue/default", headers=SAME_ORIGIN)

    assert one.get_json() == {"status": "OK"}
    assert rest.get_json() == {"status": "OK", "count": 1}
    assert [queue.fetch(job.id).status for job in jobs] == [JobStatus.QUEUED] * 2
    assert [stored(redis, job.id) for job in jobs] == before


def stored(redis: Redis, job_id: str) -> list[bytes | None]:
    """Return what Redis holds of a job that must not change."""
    return redis.hmget(Job.key_for(job_id), ["data", "description", "meta"])  # type: ignore[return-value]


def test_job_that_did_not_fail_is_not_requeued(admin: FlaskClient, queue: RedisQueue) -> None:
    """Requeueing a queued job is a conflict, not a fault of the gateway."""
    job_id = submit(queue, odd_tasks.sleep, 0)

    assert admin.post(f"/rq/job/{job_id}/requeue", headers=SAME_ORIGIN).status_code == 409


def test_administrator_deletes_empties_and_compacts(
    admin: FlaskClient, client: FlaskClient, auth: Auth, queue: RedisQueue, redis: Redis
) -> None:
    """The dashboard's buttons work, and so do they for a program with a token."""
    first, second, third = (submit(queue, odd_tasks.sleep, 0) for _ in range(3))

    assert admin.post(f"/rq/job/{first}/delete", headers=SAME_ORIGIN).get_json()["status"] == "OK"
    redis.delete(Job.key_for(second))
    assert admin.post("/rq/queue/default/compact", headers=SAME_ORIGIN).status_code == 200
    assert rq.Queue(connection=redis).get_job_ids() == [third]
    client.delete_cookie("piigate_session")
    assert client.post("/rq/queue/default/queued/empty", headers=auth("root")).status_code == 200
    assert rq.Queue(connection=redis).get_job_ids() == []
