"""Every alert is recorded and told, whatever fails on the way, in both ways of recording."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from rq.registry import FailedJobRegistry

from tasks.alert_handler import ALERTS_QUEUE
from tasks.job import Job
from tasks.serializer import Serializer
from tests.alert_site import Site
from tests.postgresql_process import PostgreSQLProcess, program

ROOT = Path(__file__).parents[1]

# Serves one request, and is killed once the alert is recorded.
_DIES = """
import os, signal, sys
from flaskapp import create_app
from tasks.queue import RedisQueue
from flaskapp.settings import WebSettings

class Deadly(RedisQueue):
    def submit(self, *args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

settings = WebSettings.load()
client = create_app(settings, queue=Deadly(settings)).test_client()
payload = {"killed": "ann@example.com"}
client.post("/run/echo", json=payload, headers={"Authorization": sys.argv[1]})
"""


@pytest.fixture
def database() -> Iterator[PostgreSQLProcess]:
    """Run a PostgreSQL that may be stopped."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL's server is not installed")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = PostgreSQLProcess(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(params=["direct", "queued"])
def site(
    request: pytest.FixtureRequest,
    database: PostgreSQLProcess,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Site]:
    """Run a whole site that records in one way."""
    home = tmp_path_factory.mktemp("site")
    monkeypatch.setenv("PIIGATE_HOME", str(home))
    running = Site(home, recording=request.param, database_url=database.url)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def fill_the_disk(site: Site, database: PostgreSQLProcess) -> str:
    """Send while there is no room for reports."""
    site.disk.fill()
    outcome = site.send("full")
    site.disk.empty()
    return outcome


def lock_the_folder(site: Site, database: PostgreSQLProcess) -> str:
    """Send while nobody may write reports."""
    site.disk.lock()
    outcome = site.send("locked")
    site.disk.unlock()
    return outcome


def stop_the_database(site: Site, database: PostgreSQLProcess) -> str:
    """Send while the database is down."""
    database.stop()
    outcome = site.send("stopped")
    database.start()
    return outcome


def restart_redis(site: Site, database: PostgreSQLProcess) -> str:
    """Send before Redis goes, while it is gone, and when it is back."""
    assert site.send("before") == "accepted"
    site.redis.stop()
    outcome = site.send("meanwhile")
    site.redis.start()
    assert site.send("after") == "accepted"
    return outcome


def let_the_webhook_fail(site: Site, database: PostgreSQLProcess) -> str:
    """Send while the receiver answers with errors."""
    site.receiver.fault = "errors"
    outcome = site.send("errors")
    site.wait_until_asked()
    site.receiver.fault = "none"
    return outcome


def let_the_webhook_hang(site: Site, database: PostgreSQLProcess) -> str:
    """Send while the receiver does not answer."""
    site.receiver.fault = "hangs"
    outcome = site.send("hangs")
    site.wait_until_asked()
    site.receiver.fault = "none"
    return outcome


def kill_the_gateway(site: Site, database: PostgreSQLProcess) -> str:
    """Kill a gateway between recording and enqueuing."""
    before = site.recorded()
    done = subprocess.run(
        [sys.executable, "-c", _DIES, site.authorization],
        cwd=ROOT,
        env=site.process_environment(),
        timeout=30,
        check=False,
    )
    assert done.returncode == -9
    assert site.recorded() - before == (site.recording == "direct")
    return "unanswered"


def kill_the_workers(site: Site, database: PostgreSQLProcess) -> str:
    """Kill the workers between enqueuing and telling, and send while there are none."""
    site.receiver.fault = "hangs"
    outcome = site.send("telling")
    site.wait_until_asked()
    site.kill_workers()
    site.receiver.fault = "none"
    assert site.send("alone") == outcome
    site.start_worker()
    site.start_worker()
    return outcome


class Fault(NamedTuple):
    """What goes wrong, and how payloads are answered that are sent meanwhile."""

    name: str
    cause: Callable[[Site, PostgreSQLProcess], str]
    direct: str
    queued: str


FAULTS = [
    Fault("The disk of the reports is full", fill_the_disk, "refused", "accepted"),
    Fault("The folder of the reports is read-only", lock_the_folder, "refused", "accepted"),
    Fault("The database is down, and back", stop_the_database, "refused", "accepted"),
    Fault("Redis is down, and back", restart_redis, "refused", "refused"),
    Fault("The webhook answers 500", let_the_webhook_fail, "accepted", "accepted"),
    Fault("The webhook hangs", let_the_webhook_hang, "accepted", "accepted"),
    Fault(
        "A gateway is killed between recording and enqueuing",
        kill_the_gateway,
        "unanswered",
        "unanswered",
    ),
    Fault(
        "The workers are killed between enqueuing and telling",
        kill_the_workers,
        "accepted",
        "accepted",
    ),
]


def test_no_alert_is_lost(site: Site, database: PostgreSQLProcess) -> None:
    """After each fault every accepted payload has its record and report, and every sink knows."""
    for fault in FAULTS:
        outcome = fault.cause(site, database)
        assert outcome == getattr(fault, site.recording), fault.name
        # Nobody looks for what a killed gateway left behind before it has had its time.
        site.settle(but=["without incident"])
    site.settle()
    assert "person-" not in site.log()


def test_a_telling_that_fails_for_good_can_be_enqueued_again(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its last try the job is among RQ's failed ones, where a person can requeue it."""
    home = tmp_path_factory.mktemp("site")
    monkeypatch.setenv("PIIGATE_HOME", str(home))
    site = Site(home, recording="queued", database_url=f"sqlite:///{home / 'alerts.db'}")
    site.environment |= {"ALERT_RETRY_AFTER": "1", "ALERT_SINKS": "webhook"}
    site.receiver.fault = "errors"
    try:
        site.start()
        site.send("dead")
        with site.redis.client() as client:
            failed: Any = FailedJobRegistry(ALERTS_QUEUE, connection=client)
            site.wait_until(lambda: failed.get_job_ids(cleanup=False))
            (job_id,) = failed.get_job_ids(cleanup=False)
            site.receiver.fault = "none"
            job = Job.fetch(job_id, connection=client, serializer=Serializer)
            job.requeue()
        site.settle(but=["not streamed"])
    finally:
        site.stop()


def test_the_faults_are_documented() -> None:
    """The table of docs/alert-delivery.md is what the test above has seen."""
    rows = ["| fault | `direct` | `queued` |", "|---|---|---|"]
    rows += [f"| {one.name} | {one.direct} | {one.queued} |" for one in FAULTS]
    assert "\n".join(rows) in (ROOT / "docs" / "alert-delivery.md").read_text(encoding="utf-8")
