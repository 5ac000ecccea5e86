import pickle
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import rq
from flask.testing import FlaskClient
from redis import Redis
from rq.registry import FinishedJobRegistry

from tasks.job import Job
from tasks.queue import RedisQueue
from tasks.registry import discover
from tasks.serializer import Serializer
from tests.flaskapp.dashboard.jobs import CHANGES, EMAIL, NAME, PAYLOAD, run, submit
from tests.flaskapp.signing_in import SAME_ORIGIN
from tests.tasks import odd_tasks

REGISTRIES = ("queued", "started", "deferred", "finished", "failed", "canceled", "scheduled")


def everything(client: FlaskClient, job_ids: Iterable[str]) -> str:
    """Return all that the dashboard shows, in its pages and in the data behind them."""
    paths = ["/rq/", "/rq/0/data/queues.json", "/rq/0/view/workers", "/rq/0/data/workers.json"]
    for registry in REGISTRIES:
        paths += [
            f"/rq/0/view/jobs/default/{registry}/8/asc/1",
            f"/rq/0/data/jobs/default/{registry}/8/asc/1.json",
            f"/rq/0/data/jobs/default/{registry}/8/dsc/1.json",
        ]
    for job_id in job_ids:
        paths += [f"/rq/0/view/job/{job_id}", f"/rq/0/data/job/{job_id}.json"]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.get_data(as_text=True) for answer in answers)


def foreign_job(redis: Redis) -> rq.job.Job:
    """Enqueue, the way any program may, a job that pickles its payload into everything."""
    return rq.Queue(connection=redis).enqueue(
        "print", PAYLOAD, description=f"print({PAYLOAD})", meta={"about": PAYLOAD}
    )


def test_queues_jobs_and_workers_are_shown_while_a_worker_is_busy(
    admin: FlaskClient, queue: RedisQueue, work: None
) -> None:
    """Every page and every piece of data answers while a job runs, and names its task."""
    job_id = submit(queue, odd_tasks.sleep, 6)
    waiting = submit(queue, odd_tasks.sleep, 0)
    busy = until(lambda: busy_worker(admin))

    assert busy["current_job"]["job_id"] == job_id
    assert busy["current_job"]["call_string"] == "sleep"
    assert busy["queues"] == ["default"]
    assert everything(admin, [job_id, waiting]).count("sleep") >= 5
    (row,) = admin.get("/rq/0/data/queues.json").get_json()["queues"]
    assert (row["name"], row["count"], row["started_job_registry_count"]) == ("default", 1, 1)
    job = admin.get(f"/rq/0/data/job/{job_id}.json").get_json()
    assert job["status"] == "started"
    assert '"caller": "alice"' in job["metadata"]
    assert '"request_id": "request-1"' in job["metadata"]


def busy_worker(client: FlaskClient) -> Any:
    """Return what the dashboard says of the worker that has a job, if there is one."""
    workers = client.get("/rq/0/data/workers.json").get_json()["workers"]
    return next((one for one in workers if one["current_job"] != "idle"), None)


def until(look: Callable[[], Any]) -> Any:
    """Return the first thing seen; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return seen


def test_no_value_is_shown(admin: FlaskClient, queue: RedisQueue, redis: Redis, work: None) -> None:
    """Payload, result and failure of our jobs stay hidden, their outcome does not."""
    echo = discover().named("echo")
    job_id = queue.submit(echo, PAYLOAD, caller="alice", request_id="request-1")
    done = queue.wait(job_id, timeout_s=20)
    failed = run(queue, odd_tasks.fail, PAYLOAD)
    assert done.result == PAYLOAD

    shown = everything(admin, [done.id, failed.id])

    assert EMAIL not in shown
    assert NAME not in shown
    assert admin.get(f"/rq/0/data/job/{done.id}.json").get_json()["result"] == "(hidden)"
    failure = admin.get(f"/rq/0/data/job/{failed.id}.json").get_json()
    assert failure["exc_info"].startswith("builtins.ValueError")
    assert failure["result"] is None


def test_foreign_jobs_show_no_value_either(admin: FlaskClient, redis: Redis) -> None:
    """A job that some other program enqueued shows that it exists, not what it holds."""
    job = foreign_job(redis)

    shown = everything(admin, [job.id])

    assert job.id in shown
    assert EMAIL not in shown
    assert NAME not in shown
    assert admin.get(f"/rq/0/data/job/{job.id}.json").get_json()["description"] == "(hidden)"


def test_stored_failure_is_masked(admin: FlaskClient, redis: Redis, queue: RedisQueue) -> None:
    """A failure that a stock worker stored with its message is masked."""
    job_id = submit(queue, odd_tasks.fail, PAYLOAD)
    job = Job.fetch(job_id, connection=redis, serializer=Serializer)
    rq.results.Result.create_failure(job, ttl=60, exc_string=f"ValueError: {EMAIL}")

    info = admin.get(f"/rq/0/data/job/{job_id}.json").get_json()

    assert info["exc_info"].startswith("ValueError: ")
    assert EMAIL not in info["exc_info"]


class Bomb:
    """Create a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_nothing_is_unpickled(admin: FlaskClient, redis: Redis, tmp_path: Path) -> None:
    """Pickles in every field of a job, and in its result, are never loaded."""
    fuse = tmp_path / "unpickled"
    bomb = pickle.dumps(Bomb(fuse))
    job = foreign_job(redis)
    redis.hset(job.key, mapping={"data": bomb, "meta": bomb, "result": bomb, "status": "finished"})
    FinishedJobRegistry("default", connection=redis).add(job, ttl=60)
    rq.results.Result.create(job, rq.results.Result.Type.SUCCESSFUL, 60, return_value=Bomb(fuse))

    everything(admin, [job.id])
    for path in CHANGES:
        admin.post(path.format(job_id=job.id), headers=SAME_ORIGIN)

    assert not fuse.exists()
    pickle.loads(bomb)
    assert fuse.exists()


@pytest.mark.parametrize("path", ["view/job/{}", "data/job/{}.json"])
def test_unknown_job_is_not_found(admin: FlaskClient, path: str) -> None:
    """A job that is gone is a problem that says so."""
    answer = admin.get(f"/rq/0/{path.format('00000000-0000-4000-8000-000000000000')}")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
