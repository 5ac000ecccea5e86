import re
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import rq
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.serving import make_server

from tasks.job import Job
from tasks.queue import RedisQueue
from tasks.serializer import Serializer
from tests.flaskapp.dashboard.jobs import PAYLOAD, submit
from tests.tasks import odd_tasks

CHROMIUM = shutil.which("chromium")


SCRIPT = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


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


def test_introductions_make_room_for_their_text(admin: FlaskClient) -> None:
    """On a narrow screen the first page's introduction used to run into its table."""
    (sheet,) = re.findall(r'href="(/static/[^"]*css)"', admin.get("/rq/").get_data(as_text=True))
    with admin.get(sheet) as answer:
        assert answer.mimetype == "text/css"
        assert "height: auto" in answer.get_data(as_text=True)


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
