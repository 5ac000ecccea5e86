"""Two gateways on one PostgreSQL and one Redis are one system to whoever looks after alerts."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.gateway import CHECKOUT, Answer, environment, eventually, free_port, send
from tests.postgresql_process import postgresql, program
from tests.redis_process import running
from tests.tasks.worker_process import OURS, worker

_TOKEN = "token-of-the-fleet-0123456789abcdef"
_READY_WITHIN_S = 30


class Web:
    """A gateway as a machine of a fleet runs it: `gunicorn wsgi:app`, and a home of its own."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.port = free_port()
        self._environment = environment(
            settings | {"PIIGATE_HOME": str(home), "PORT": str(self.port)}
        )
        self._output = home / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    def migrate(self) -> str:
        """Bring the tables up to date, and return what that said."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        done = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=self._environment,
            capture_output=True,
            timeout=30,
            check=False,
        )
        return done.stderr.decode()

    def start(self) -> None:
        """Start it; :meth:`wait_until_ready` returns when it serves."""
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "wsgi:app"],
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> None:
        """Return when it serves."""
        eventually(
            lambda: send(self.port, "/livez", method="GET").status == 200,
            within_s=_READY_WITHIN_S,
            what="a gateway",
        )

    def stop(self) -> None:
        """Ask it to stop."""
        if self._process:
            self._process.terminate()

    def wait_until_ended(self) -> None:
        """Return when it has stopped."""
        if self._process:
            self._process.wait(timeout=30)

    def ask(self, path: str, payload: object = None, **headers: str) -> Answer:
        """Send a request, without a payload a GET."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        method = "GET" if payload is None else "POST"
        signed = {"Authorization": f"Bearer {_TOKEN}", **named}
        return send(self.port, path, payload, method=method, headers=signed)

    def run(self, payload: object) -> str:
        """Run a payload that has personal data in it, and return the id of its alert."""
        answer = self.ask("/run/echo", payload, Prefer="respond-async")
        assert answer.status == 202, answer.body
        return str(answer.body["alert_id"])


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Web]]:
    """Run two gateways that share nothing but PostgreSQL, Redis and their settings."""
    if program("initdb") is None:
        pytest.skip("PostgreSQL's server is not installed")
    homes = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    with ExitStack() as stack:
        server = stack.enter_context(running(tmp_path_factory.mktemp("redis")))
        settings = {
            "ALERT_SINKS": "log",
            "API_TOKENS": f"fleet:{hashlib.sha256(_TOKEN.encode()).hexdigest()}:run,alerts",
            "DATABASE_URL": stack.enter_context(postgresql()),
            "PAYLOAD_KEYS": os.environ["PAYLOAD_KEYS"],
            "PSEUDONYM_KEY": "a key of pseudonyms for tests only",
            "REDIS_URL": server.url,
            "SECRET_KEY": "a key for tests only",
            "WEB_PROCESSES": "1",
        }
        one, two = (Web(home, settings) for home in homes)
        for gateway in (one, two):
            stack.callback(gateway.wait_until_ended)
            gateway.start()
        stack.callback(one.stop)
        stack.callback(two.stop)
        with ThreadPoolExecutor(2) as both:
            said = list(both.map(Web.migrate, (one, two)))
        assert all("The database has version" in what for what in said), said
        stack.enter_context(worker(*OURS, "alerts", server=server, home=homes[0], **settings))
        one.wait_until_ready()
        two.wait_until_ready()
        yield one, two


def test_alerts_of_either_are_those_of_both(fleet: tuple[Web, Web]) -> None:
    """Lists, incidents, counts and filters are the same, whichever gateway is asked."""
    one, two = fleet
    sent = [gateway.run({"email": f"{n}@example.com"}) for n in range(3) for gateway in fleet]
    eventually(lambda: _count(one) == len(sent), within_s=20, what="the incident")
    for gateway in fleet:
        listed = gateway.ask("/alerts?kind=email&caller=fleet").body["alerts"]
        assert isinstance(listed, list)
        assert [alert["alert_id"] for alert in listed] == sent[::-1]
        assert len({alert["incident_id"] for alert in listed}) == 1
    for path in ("/incidents", "/alerts/stats"):
        assert one.ask(path).body == two.ask(path).body


def _count(gateway: Web) -> object:
    incidents = gateway.ask("/incidents").body["incidents"]
    assert isinstance(incidents, list)
    return incidents[0]["count"] if len(incidents) == 1 else None


def test_nobody_overwrites_what_the_other_did(fleet: tuple[Web, Web]) -> None:
    """What was seen through one gateway is stale once it has changed through the other."""
    one, two = fleet
    path = f"/alerts/{one.run({'iban': 'DE89370400440532013000'})}"
    seen, also_seen = one.ask(path), two.ask(path)
    assert seen.etag == also_seen.etag != ""

    done = one.ask(f"{path}/acknowledge", {}, If_Match=seen.etag)
    refused = two.ask(f"{path}/resolve", {}, If_Match=also_seen.etag)

    assert (done.status, refused.status) == (200, 412)
    assert two.ask(path).body["state"] == "acknowledged"
    assert two.ask(f"{path}/resolve", {}, If_Match=done.etag).status == 200
