import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.gateway import Gateway, eventually, parent_of

CONTACT = {"name": "Test User", "email": "test@example.com", "phone": "+380961234567"}


def test_the_bare_command_of_the_readme_is_answered(gateway: Gateway) -> None:
    """`curl -X POST …/run` with nothing but the development token answers 200."""
    url = f"http://127.0.0.1:{gateway.port}/run"
    words = ["curl", "-sS", "-X", "POST", url, "-H", "Authorization: Bearer Secret123"]
    answer = subprocess.run(
        [*words, "-w", "%{http_code}"], capture_output=True, text=True, timeout=20, check=True
    )
    assert answer.stdout.endswith("200")


def test_a_contact_is_found_reported_and_run(gateway: Gateway) -> None:
    """A contact's answer names both findings and its alert, whose report is three exact lines."""
    answer = gateway.send("/run", CONTACT)
    assert answer.status == 200
    assert answer.body["result"] == CONTACT
    findings = answer.body["findings"]
    assert isinstance(findings, list)
    assert [(each["kind"], each["pointer"]) for each in findings] == [
        ("email", "/email"),
        ("phone", "/phone"),
    ]
    (report,) = (gateway.home / "error_reports").glob("alert_*.txt")
    kinds, time, data = report.read_text("utf-8").splitlines()
    assert kinds == "ALERT TYPE: email and phone"
    assert re.fullmatch(r"TIME: \d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", time)
    assert report.name == f"alert_{time.removeprefix('TIME: ')}.txt"
    assert data == f"DATA: {CONTACT!r}"
    assert report.stat().st_mode & 0o777 == 0o600


def test_the_lines_of_a_request_and_of_its_job_share_an_id(gateway: Gateway) -> None:
    """The log has one line of the request and one of the job, with the id that was returned."""
    answer = gateway.send("/run", CONTACT)

    def lines() -> list[str]:
        return [line for line in gateway.log.splitlines() if answer.request_id in line]

    eventually(lambda: len(lines()) == 2, within_s=15, what="both lines")
    assert all(str(answer.body["job_id"]) in line for line in lines())


def test_no_raw_value_leaves_the_report(gateway: Gateway) -> None:
    """Neither the log nor anything in the instance folder holds the address that was sent."""
    gateway.send("/run", {"email": "canary@example.org"})
    kept = [gateway.home / "logs", gateway.home / "instance"]
    files = [path for folder in kept for path in folder.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if b"canary@example.org" in path.read_bytes()] == []


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux has this policy")
def test_no_process_of_a_request_pushes_another_aside(gateway: Gateway) -> None:
    """Gateway, workers, the processes of their jobs and Redis run by the batch policy."""
    gateway.send("/run")
    _master, *gateways = gateway.parts("gunicorn")
    workers, (redis,) = gateway.parts("rq.cli"), gateway.parts("redis.sock")
    assert gateways
    assert any(parent_of(pid) in workers for pid in workers)
    threads = {
        f"/proc/{pid}/task/{thread.name}": os.sched_getscheduler(int(thread.name))
        for pid in (*gateways, *workers, redis)
        for thread in Path(f"/proc/{pid}/task").iterdir()
    }
    assert {name for name, policy in threads.items() if policy != os.SCHED_BATCH} == set()


def test_an_unreadable_request_is_a_problem(gateway: Gateway) -> None:
    """What gunicorn cannot parse is answered as a problem and logged in one line unquoted."""
    url = f"http://127.0.0.1:{gateway.port}/run"
    answer = subprocess.run(
        ["curl", "-sS", "-i", "-X", "N{ot}:canary", url],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert answer.stdout.startswith("HTTP/1.1 400 ")
    assert "application/problem+json" in answer.stdout
    eventually(lambda: "route=unread" in gateway.log, within_s=15, what="the line")
    assert "canary" not in gateway.log


def test_what_it_keeps_is_private(gateway: Gateway) -> None:
    """The embedded server's folder is its owner's alone; supervisor's configuration is not kept."""
    instance = gateway.home / "instance"
    assert _mode(instance / "redis") == 0o700
    assert list(instance.glob("*.conf")) == []


def test_the_banner_tells_what_one_needs(gateway: Gateway) -> None:
    """The banner has the URL, the dashboard, the places and a loud word on the token."""
    url = f"http://127.0.0.1:{gateway.port}"
    redis = str(gateway.home / "instance" / "redis")
    told = [f"{url}/docs", f"{url}/rq", "app.log", "error_reports", redis, "!! No token"]
    assert [word for word in told if word not in gateway.output] == []


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777
