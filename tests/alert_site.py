"""A gateway, Redis, a database and workers of the alerts, each of which a test may break."""

import base64
import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import select

from alerting.errors import DatabaseUnavailable
from alerting.records import tables
from alerting.records.migrations import bring_up_to_date
from alerting.records.store import RecordStore, open_store
from flaskapp import create_app
from flaskapp.services import EXTENSION
from flaskapp.settings import WebSettings
from tasks.keyspace import ALERTS, ALERTS_TAKERS, ALERTS_WAKE, stream_key
from tests.redis_process import RedisProcess
from tests.small_disk import Disk
from tests.tasks.worker_process import OURS, worker

_TOKEN = "token-of-the-site-0123456789abcdef"
HEADERS = {"Authorization": f"Bearer {_TOKEN}", "Prefer": "respond-async"}
Fault = Literal["none", "errors", "hangs"]


class Receiver(ThreadingHTTPServer):
    """A webhook's receiver; counts what it was told of each incident, unless it has a fault."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault: Fault = "none"
        self.asked = 0
        self.told: dict[str, int] = {}


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        fault = self.server.fault
        self.server.asked += 1
        data = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
        if fault == "hangs":
            time.sleep(3)
            return
        if fault == "none":
            known = self.server.told.get(data["incident_id"], 0)
            self.server.told[data["incident_id"]] = max(known, data["count"])
        self.send_response(204 if fault == "none" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


class Site:
    """Everything that an alert goes through."""

    def __init__(self, home: Path, *, recording: str, database_url: str) -> None:
        self.home = home
        self.recording = recording
        self.disk = Disk(home / "error_reports")
        self.reports = self.disk.folder
        (home / "redis").mkdir()
        self.redis = RedisProcess(home / "redis")
        self.receiver = Receiver()
        self.environment = {
            "ALERT_RECORDING": recording,
            "ALERT_SINKS": "webhook stream",
            "ALERT_TELL_AFTER": "0",
            "ALERT_TELL_EVERY": "1",
            "ALERT_RETRY_AFTER": " ".join(["1"] * 20),
            "ALERT_TIMEOUT": "1",
            "ALERT_WEBHOOK_URL": f"http://127.0.0.1:{self.receiver.server_port}/",
            "ALERT_WEBHOOK_SECRET": f"whsec_{base64.b64encode(bytes(32)).decode()}",
            "ALERT_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "DATABASE_URL": database_url,
        }
        self._api_tokens = f"site:{hashlib.sha256(_TOKEN.encode()).hexdigest()}:run"
        self.authorization = HEADERS["Authorization"]
        self.accepted: dict[str, str] = {}
        """The alerts of what was accepted, each with the report's line about its payload."""
        self._workers: list[Any] = []
        self._stack = ExitStack()

    def start(self) -> None:
        """Start all of it."""
        threading.Thread(target=self.receiver.serve_forever, args=(0.01,), daemon=True).start()
        self._stack.callback(self.receiver.server_close)
        self._stack.callback(self.receiver.shutdown)
        self._stack.callback(self.disk.close)
        self.redis.start()
        self._stack.callback(self.redis.stop)
        settings = WebSettings.load(
            api_tokens=self._api_tokens,
            redis_url=self.redis.url,
            secret_key="a key for tests only",
            **{name.lower(): value for name, value in self.environment.items()},
        )
        self.store: RecordStore = open_store(settings)
        bring_up_to_date(self.store.database)
        self._stack.callback(self.store.database.close)
        self.app = create_app(settings)
        self._stack.callback(self.app.extensions[EXTENSION].records.database.close)
        for _ in range(2):
            self.start_worker()

    def start_worker(self) -> None:
        """Start another worker of the queue."""
        running = worker(*OURS, "alerts", server=self.redis, home=self.home, **self.environment)
        self._workers.append(self._stack.enter_context(running))

    def stop(self) -> None:
        """Stop all of it."""
        self._stack.close()

    def send(self, name: str, count: int = 5) -> str:
        """Send payloads that make one incident; return how they were answered, all alike."""
        client = self.app.test_client()
        statuses = set()
        for number in range(count):
            payload = {name: f"person-{number}@example.com"}
            answer = client.post("/run/echo", json=payload, headers=HEADERS)
            statuses.add(answer.status_code)
            if answer.status_code == 202:
                self.accepted[answer.get_json()["alert_id"]] = f"DATA: {payload!r}"
        (status,) = statuses
        return {202: "accepted", 503: "refused"}[status]

    def kill_workers(self) -> None:
        """Kill the workers and the processes beside them, which end with them."""
        for process in self._workers:
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._workers.clear()

    def wait_until_asked(self) -> None:
        """Return when the receiver has been asked once more."""
        before = self.receiver.asked
        self.wait_until(lambda: self.receiver.asked > before)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Return when a condition holds."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.log()[-3000:]
            time.sleep(0.02)

    def recorded(self) -> int:
        """Return how many alerts are in the database."""
        with self.store.database.reading() as connection:
            return len(connection.execute(select(tables.alerts.c.id)).all())

    def process_environment(self) -> dict[str, str]:
        """Return the environment of a gateway of this site."""
        return {
            **os.environ,
            **self.environment,
            "REDIS_URL": self.redis.url,
            "API_TOKENS": self._api_tokens,
        }

    def untold(self) -> dict[str, int]:
        """Return what is missing, and how much; nothing when every alert is where it should be."""
        try:
            with self.store.database.reading() as connection:
                table = tables.alerts
                rows = connection.execute(select(table.c.id, table.c.incident)).all()
                grown = select(tables.incidents.c.id, tables.incidents.c.count)
                counts = {row.id: row[1] for row in connection.execute(grown)}
        except DatabaseUnavailable:
            return {"database": 1}
        stored = {row.id for row in rows}
        streamed = self._streamed()
        missing = {
            "not recorded": len(set(self.accepted) - stored),
            "without incident": sum(row.incident is None for row in rows),
            "not posted": _difference(counts, self.receiver.told),
            "not streamed": _difference(counts, streamed),
            "not reported": len(set(self.accepted.values()) - self._reported()),
            "left in Redis": self._left(),
        }
        return {what: count for what, count in missing.items() if count}

    def settle(self, *, but: Collection[str] = ()) -> None:
        """Return when nothing is missing, some things excepted."""
        deadline = time.monotonic() + 40
        while missing := self.untold().keys() - but:
            assert time.monotonic() < deadline, (missing, self.log()[-3000:])
            with self.redis.client() as client:
                client.delete(ALERTS_WAKE)
            time.sleep(0.2)

    def log(self) -> str:
        """Return the log of all processes."""
        return (self.home / "logs" / "app.log").read_text("utf-8")

    def _reported(self) -> set[str]:
        reports = self.reports.glob("alert_*")
        return {path.read_text("utf-8").splitlines()[2] for path in reports}

    def _left(self) -> int:
        with self.redis.client() as client:
            return int(client.llen(ALERTS)) + int(client.scard(ALERTS_TAKERS))

    def _streamed(self) -> dict[str, int]:
        told: dict[str, int] = {}
        with self.redis.client() as client:
            entries: Any = client.xrange(stream_key("alerts"))
        for _, fields in entries:
            notice = orjson.loads(fields[b"notice"])
            told[notice["incident_id"]] = max(told.get(notice["incident_id"], 0), notice["count"])
        return told


def _difference(counts: dict[str, int], told: dict[str, int]) -> int:
    return sum(max(0, count - told.get(incident, 0)) for incident, count in counts.items())
