import pickle
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import rq
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq.registry import FinishedJobRegistry
from werkzeug.serving import make_server

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.job import Job
from tasks.job_state import JobState, JobStatus
from tasks.queue import RedisQueue, open_queue
from tasks.registry import Task, discover
from tasks.serializer import Serializer
from tests.flaskapp.conftest import Auth, token_of
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.worker_process import OURS, worker

CHROMIUM = shutil.which("chromium")
OURS_ONLY = {"Sec-Fetch-Site": "same-origin"}
EMAIL = "canary.person@example.com"
NAME = "Canary Person"
PAYLOAD = {"email": EMAIL, "name": NAME}
REGISTRIES = ("queued", "started", "deferred", "finished", "failed", "canceled", "scheduled")
SCRIPT = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture
def redis(redis_process: RedisProcess, redis_url: str) -> Iterator[Redis]:
    """Return a client of the emptied server."""
    with redis_process.client() as client:
        yield client


@pytest.fixture
def queue(redis_url: str) -> RedisQueue:
    """Return the real queue, which nobody serves unless a test starts a worker."""
    return open_queue(WebSettings.load(redis_url=redis_url))


@pytest.fixture
def app(settings: WebSettings, queue: RedisQueue, redis_url: str) -> Flask:
    """Return the gateway on the real Redis."""
    on_redis = WebSettings.load(**{**settings.model_dump(), "redis_url": redis_url})
    return create_app(on_redis, queue=queue)


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    """Return a browser that an administrator signed in with."""
    client.post("/login", data={"token": token_of("root")}, headers=OURS_ONLY)
    return client


@pytest.fixture
def work(redis_process: RedisProcess, redis: Redis, tmp_path: Path) -> Iterator[None]:
    """Serve the queue by a real worker."""
    with worker(*OURS, server=redis_process, home=tmp_path):
        yield


def task_of(function: Any) -> Task:
    """Return the task that a test's function is marked as."""
    found = function.piigate_task
    assert isinstance(found, Task)
    return found


def submit(queue: RedisQueue, function: Any, payload: Any) -> str:
    """Submit a job of a task of the tests."""
    return queue.submit(task_of(function), payload, caller="alice", request_id="request-1")


def run(queue: RedisQueue, function: Any, payload: Any) -> JobState:
    """Return a job of a task of the tests as it ended."""
    return queue.wait(submit(queue, function, payload), timeout_s=20)


def everything(client: FlaskClient, job_ids: Iterable[str], *, queue: str = "default") -> str:
    """Return all that the dashboard shows, in its pages and in the data behind them."""
    paths = ["/rq/", "/rq/0/data/queues.json", "/rq/0/view/workers", "/rq/0/data/workers.json"]
    for registry in REGISTRIES:
        paths += [
            f"/rq/0/view/jobs/{queue}/{registry}/8/asc/1",
            f"/rq/0/data/jobs/{queue}/{registry}/8/asc/1.json",
            f"/rq/0/data/jobs/{queue}/{registry}/8/dsc/1.json",
        ]
    for job_id in job_ids:
        paths += [f"/rq/0/view/job/{job_id}", f"/rq/0/data/job/{job_id}.json"]
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.get_data(as_text=True) for answer in answers)


def foreign_job(redis: Redis, *, queue: str = "default") -> Job:
    """Enqueue, the way any program may, a job that pickles its payload into everything."""
    job: Any = rq.Queue(queue, connection=redis).enqueue(
        "print", PAYLOAD, description=f"print({PAYLOAD})", meta={"about": PAYLOAD}
    )
    return job


# Who may see it


def test_visitor_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    """A person without a session signs in first and then sees the page they wanted."""
    answer = client.get("/rq/0/view/jobs?a=b", headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/rq/0/view/jobs?a%3Db"
    form = {"token": token_of("root"), "next": "/rq/0/view/jobs?a=b"}
    signed_in = client.post("/login", data=form, headers=OURS_ONLY)
    assert client.get(signed_in.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "path", ["/rq/", "/rq/0/data/queues.json", "/rq/static/css/main.css", "/rq/0/view/job/1"]
)
def test_program_without_a_token_is_refused(client: FlaskClient, path: str) -> None:
    """Without page and session the answer is a problem, for every address of the dashboard."""
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="piigate"'


def test_program_of_an_administrator_is_served(client: FlaskClient, auth: Auth) -> None:
    """A bearer token of scope `admin` reads the data, without a session."""
    answer = client.get("/rq/0/data/queues.json", headers=auth("root"))

    assert answer.get_json() == {"queues": []}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("unknown", 401)])
def test_bearer_token_without_the_scope_is_refused(
    client: FlaskClient, auth: Auth, method: str, name: str, status: int
) -> None:
    """Neither a lesser nor an unknown token opens the dashboard, whatever the method."""
    answer = client.open("/rq/requeue/default", method=method, headers=auth(name))

    assert answer.status_code == status


def test_session_without_the_scope_is_told_so(client: FlaskClient) -> None:
    """A person whose token lacks the scope reads which one it is, and can sign in again."""
    client.post("/login", data={"token": token_of("alice")}, headers=OURS_ONLY)

    page = client.get("/rq/", headers={"Accept": "text/html"})
    data = client.get("/rq/0/data/queues.json")

    assert (page.status_code, data.status_code) == (403, 403)
    assert "<code>admin</code>" in page.get_data(as_text=True)
    assert 'name="next" value="/rq/"' in page.get_data(as_text=True)


def test_options_open_nothing(client: FlaskClient, auth: Auth) -> None:
    """OPTIONS, from which no credentials are read, is refused even to administrators."""
    assert client.options("/rq/", headers=auth("root")).status_code == 401


# What changes something

CHANGES = (
    "/rq/requeue/default",
    "/rq/queue/default/queued/empty",
    "/rq/queue/default/compact",
    "/rq/job/{job_id}/delete",
    "/rq/job/{job_id}/requeue",
)


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

    answer = admin.open("/rq/requeue/default", method=method, headers=OURS_ONLY)

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

    one = admin.post(f"/rq/job/{jobs[0].id}/requeue", headers=OURS_ONLY)
    rest = admin.post("/rq/requeue/default", headers=OURS_ONLY)

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

    assert admin.post(f"/rq/job/{job_id}/requeue", headers=OURS_ONLY).status_code == 409


def test_administrator_deletes_empties_and_compacts(
    admin: FlaskClient, client: FlaskClient, auth: Auth, queue: RedisQueue, redis: Redis
) -> None:
    """The dashboard's buttons work, and so do they for a program with a token."""
    first, second, third = (submit(queue, odd_tasks.sleep, 0) for _ in range(3))

    assert admin.post(f"/rq/job/{first}/delete", headers=OURS_ONLY).get_json()["status"] == "OK"
    redis.delete(Job.key_for(second))
    assert admin.post("/rq/queue/default/compact", headers=OURS_ONLY).status_code == 200
    assert rq.Queue(connection=redis).get_job_ids() == [third]
    client.delete_cookie("piigate_session")
    assert client.post("/rq/queue/default/queued/empty", headers=auth("root")).status_code == 200
    assert rq.Queue(connection=redis).get_job_ids() == []


# What it shows


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
    job = foreign_job(redis, queue="default")
    redis.hset(job.key, mapping={"data": bomb, "meta": bomb, "result": bomb, "status": "finished"})
    FinishedJobRegistry("default", connection=redis).add(job, ttl=60)
    rq.results.Result.create(job, rq.results.Result.Type.SUCCESSFUL, 60, return_value=Bomb(fuse))

    everything(admin, [job.id])
    for path in CHANGES:
        admin.post(path.format(job_id=job.id), headers=OURS_ONLY)

    assert not fuse.exists()
    pickle.loads(bomb)
    assert fuse.exists()


@pytest.mark.parametrize("path", ["view/job/{}", "data/job/{}.json"])
def test_unknown_job_is_not_found(admin: FlaskClient, path: str) -> None:
    """A job that is gone is a problem that says so."""
    answer = admin.get(f"/rq/0/{path.format('00000000-0000-4000-8000-000000000000')}")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_redis_out_of_reach_is_a_problem(settings: WebSettings, tmp_path: Path) -> None:
    """Without Redis the gateway starts, and the dashboard says that it is out of reach."""
    lost = WebSettings.load(
        **{**settings.model_dump(), "redis_url": f"unix://{tmp_path}/nobody.sock"}
    )
    client = create_app(lost).test_client()
    headers = {"Authorization": f"Bearer {token_of('root')}"}

    answer = client.get("/rq/0/data/queues.json", headers=headers)

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


# What its pages may run


@pytest.mark.parametrize(
    "path",
    [
        f"0/view/jobs/{quote(name, safe='')}/queued/8/asc/1"
        for name in ("');alert(1);('", "</script>", "a b", "є'")
    ]
    + [
        "0/view/jobs/default/unknown/8/asc/1",
        "0/view/jobs/default/queued/0/asc/1",
        "0/view/jobs/default/queued/8/up/1",
        "0/view/jobs/default/queued/8/asc/0",
        "0/data/jobs/default/unknown/8/asc/1.json",
        "0/data/jobs/default/queued/0/asc/1.json",
        "0/data/jobs/default/queued/x/asc/1.json",
        "0/data/jobs/default/queued/8/asc/-1.json",
        "0/view/job/%3Cb%3E",
        "1/view/queues",
        "7/data/workers.json",
    ],
)
def test_malformed_address_is_not_found(admin: FlaskClient, path: str) -> None:
    """An address that the dashboard would insert into a script, or fail on, leads nowhere."""
    assert admin.get(f"/rq/{path}").status_code == 404


def test_pages_escape_and_run_only_their_own_script(admin: FlaskClient, queue: RedisQueue) -> None:
    """Templates insert values escaped, and each answer allows just the scripts it came with."""
    job_id = submit(queue, odd_tasks.sleep, 0)
    paths = ("", "0/view/workers", "0/view/jobs", f"0/view/job/{job_id}")
    nonces = set()
    for path in paths:
        answer = admin.get(f"/rq/{path}")
        page = answer.get_data(as_text=True)
        policy = answer.headers["Content-Security-Policy"]
        (nonce,) = re.findall(r"script-src 'nonce-([\w-]+)' 'unsafe-eval';", policy)
        nonces.add(nonce)
        assert page.count(f'type="text/javascript" nonce="{nonce}"') == 5
        raw = set(re.findall(r"<%=.*?%>", page))
        assert raw <= {
            "<%= $('<div/>').text(d.description).html() %>",
            "<%= $('<div/>').text(d.exc_info).html() %>",
        }
        assert "frame-ancestors 'none'" in policy
        assert "Sign out" in page
    assert len(nonces) == len(paths)


@pytest.fixture
def address(app: Flask, admin: FlaskClient) -> Iterator[str]:
    """Serve the gateway to a browser in which an administrator is signed in."""
    cookie = admin.get_cookie("piigate_session")
    assert cookie is not None

    def signed_in(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return app(environ | {"HTTP_COOKIE": f"{cookie.key}={cookie.value}"}, start_response)

    server = make_server("127.0.0.1", 0, signed_in, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def render(url: str, profile: Path) -> str:
    """Return the page as a browser has it after its scripts ran."""
    assert CHROMIUM is not None
    switches = (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
        "disable-component-update disable-sync dump-dom virtual-time-budget=3000"
    )
    words = [CHROMIUM, *(f"--{one}" for one in switches.split()), f"--user-data-dir={profile}", url]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on PATH")
def test_browser_runs_no_script_from_redis(
    address: str, queue: RedisQueue, redis: Redis, tmp_path: Path
) -> None:
    """Markup in whatever Redis holds is shown as text, and nothing in it runs."""
    job_id = submit(queue, odd_tasks.fail, PAYLOAD)
    job = Job.fetch(job_id, connection=redis, serializer=Serializer)
    redis.hset(job.key, "meta", Serializer.dumps({"task": SCRIPT, "caller": SCRIPT}))
    rq.results.Result.create_failure(job, ttl=60, exc_string=SCRIPT)
    redis.sadd("rq:workers", f"rq:worker:worker-{SCRIPT}")
    redis.hset(f"rq:worker:worker-{SCRIPT}", mapping={"queues": f"queue-{SCRIPT}"})
    redis.sadd("rq:queues", f"rq:queue:queue-{SCRIPT}")

    pages = {
        path: render(f"{address}/rq/0/view/{path}", tmp_path / "profile")
        for path in (f"job/{job_id}", "jobs/default/queued/8/asc/1", "workers", "queues")
    }

    for page in pages.values():
        assert "<title>RQ dashboard</title>" in page
        assert "Loading..." not in page
    assert pages[f"job/{job_id}"].count("&lt;img src=x") == 4
    assert "&lt;img src=x" in pages["jobs/default/queued/8/asc/1"]
    assert "worker-&lt;img src=x" in pages["workers"]
    assert "queue-&lt;img src=x" in pages["workers"]
    assert "queue-&lt;img src=x" in pages["queues"]
