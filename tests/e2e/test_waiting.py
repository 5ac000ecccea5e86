"""Clients that wait, go away, and take their job back."""

import json
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.conftest import Start
from tests.e2e.gateway import Gateway, eventually


def _request(gateway: Gateway, path: str, payload: object) -> socket.socket:
    """Send a request and return the connection, with the answer still to be read."""
    body = json.dumps(payload).encode()
    client = socket.create_connection(("127.0.0.1", gateway.port))
    head = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer Secret123",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    client.sendall("\r\n".join([*head, "", ""]).encode() + body)
    return client


def test_who_waits_keeps_no_thread(start: Start, slow_task: str) -> None:
    """With a thread of each kind others are served, and wait, before the first has its answer."""
    gateway = start(WEB_PROCESSES="1", WEB_THREADS="1", WORKERS="2", PYTHONPATH=slow_task)
    gateway.wait_until_ready()
    begin = time.monotonic()
    clients = [_request(gateway, "/run/slow", 3) for _ in range(2)]
    assert gateway.send("/livez", method="GET").status == 200
    assert gateway.send("/run/echo", {"a": 1}, headers={"Prefer": "respond-async"}).status == 202
    assert time.monotonic() - begin < 2.8
    for one in clients:
        assert one.recv(100).startswith(b"HTTP/1.1 200 OK")
        one.close()
    assert time.monotonic() - begin < 5.8


def test_short_and_long_requests_with_alerts_get_on(start: Start) -> None:
    """Their alerts are kept together, whoever has a thread for that and whoever waits for one."""
    gateway = start(WEB_PROCESSES="1", WEB_THREADS="1", WORKERS="1")
    gateway.wait_until_ready()

    def submit(number: int) -> int:
        headers = {"Prefer": "respond-async"}
        if number % 2:  # It asks Redis more, so it is a long one.
            headers["Idempotency-Key"] = str(number)
        payload = {"email": "someone@example.com"}
        return gateway.send("/run/echo", payload, headers=headers, timeout_s=10).status

    with ThreadPoolExecutor(8) as clients:
        assert set(clients.map(submit, range(200))) == {202}


def test_a_client_that_goes_away_is_not_waited_for(start: Start, slow_task: str) -> None:
    """Its request is over soon, and the job comes to its end."""
    gateway = start(WEB_PROCESSES="1", WEB_THREADS="1", WORKERS="1", PYTHONPATH=slow_task)
    gateway.wait_until_ready()
    client = _request(gateway, "/run/slow", 4)
    time.sleep(0.5)
    client.close()

    def line() -> str:
        lines = (one for one in gateway.log.splitlines() if "route=/run/<task_name>" in one)
        return next(lines, "")

    eventually(lambda: bool(line()), within_s=3, what="the request's line")
    job_id = line().partition("job_id=")[2].partition(" ")[0]
    answer = gateway.send(f"/jobs/{job_id}?wait=10", method="GET")
    assert answer.body["result"] == "slept"


def test_a_running_job_is_stopped_and_whoever_waits_is_told(start: Start, slow_task: str) -> None:
    """`DELETE` ends a running job at once, for the client that waits for it too."""
    gateway = start(WORKERS="1", PYTHONPATH=slow_task)
    gateway.wait_until_ready()
    job_id = gateway.send("/run/slow", 15, headers={"Prefer": "respond-async"}).body["job_id"]
    path = f"/jobs/{job_id}"

    def is_running() -> bool:
        return gateway.send(path, method="GET").body["status"] == "started"

    eventually(is_running, within_s=15, what="the job's start")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gateway.send, f"{path}?wait=10", method="GET")
        time.sleep(0.5)
        answer = gateway.send(path, method="DELETE")

        assert (answer.status, answer.body["status"]) == (200, "canceled")
        assert waiting.result(timeout=1).body["status"] == "canceled"
    assert gateway.send(path, method="DELETE").status == 200
    assert gateway.serves()


def _submit(gateway: Gateway, payload: object) -> str:
    """Submit a job to the slow task and return its address."""
    answer = gateway.send("/run/slow", payload, headers={"Prefer": "respond-async"})
    return f"/jobs/{answer.body['job_id']}"


def _follow(gateway: Gateway, path: str) -> subprocess.Popen[str]:
    """Follow a job with curl, as a person would."""
    url = f"http://127.0.0.1:{gateway.port}{path}/events"
    words = ["curl", "-sSN", url, "-H", "Authorization: Bearer Secret123"]
    return subprocess.Popen([*words, "-m", "20"], stdout=subprocess.PIPE, text=True)


def test_a_job_is_followed_while_it_runs(start: Start, slow_task: str) -> None:
    """Events come while the job runs, not all at its end."""
    gateway = start(WORKERS="1", PYTHONPATH=slow_task).wait_until_ready()
    with _follow(gateway, _submit(gateway, 4)) as curl:
        assert curl.stdout
        first = next(line for line in curl.stdout if line == "event: progress\n")
        begin = time.monotonic()
        rest = curl.stdout.read()
    assert first
    assert time.monotonic() - begin > 2
    assert rest.count("event: progress") >= 5
    assert '"result": "slept"' in rest.rpartition("event: end")[2]


def test_open_streams_do_not_delay_a_stop(start: Start, slow_task: str) -> None:
    """A gateway that is told to stop ends its streams, also of jobs that are queued yet."""
    gateway = start(WORKERS="1", PYTHONPATH=slow_task).wait_until_ready()
    _submit(gateway, 4)
    with _follow(gateway, _submit(gateway, 4)) as curl:
        time.sleep(0.5)
        begin = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - begin < 15
        assert curl.wait(timeout=5) == 0
