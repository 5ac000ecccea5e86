"""Sends a flood of alerts of one incident through both ways of recording, and one mail of it."""

import argparse
import re
import secrets
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select

from alerting.detector import Scan, scan
from alerting.engine import open_engine
from alerting.records.migrations import bring_up_to_date
from alerting.records.store import RecordStore, open_store
from alerting.records.tables import alerts, incidents
from benchmarks.processes import Started, environment, started, wait_until
from benchmarks.throughput.gateways import OUR_WORKER
from tasks.alert_entry import AlertEntry
from tasks.alert_handler import ALERTS_QUEUE
from tasks.keyspace import ALERTS, ALERTS_TAKERS
from tasks.payload_keys import open_keys
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings
from tests import redis_process
from tests.alerting.sinks import mail_server
from tests.alerting.sinks.mail_server import MailServer
from tests.redis_process import RedisProcess

COUNT = 100_000
THREADS = 16
_WORKER = (sys.executable, "-m", *OUR_WORKER[:-1], ALERTS_QUEUE)
RECORDINGS = ("direct", "queued")
_OVER_WITHIN_S = 1800
_LOOK_EVERY_S = 0.1
_SUBJECT = re.compile(rb"^Subject: piigate: (\d+) alerts? ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """A flood of one way of recording: how long it took, and what became of it."""

    recording: str
    count: int
    accepted_s: float
    handled_s: float
    peak_kib: int
    """The most that the worker and the process of its jobs had resident."""

    recorded: int
    incidents: int
    told: tuple[int, ...]
    """How many alerts each mail told of."""

    @property
    def is_sound(self) -> bool:
        """Whether all alerts were recorded, as one incident, and one mail told of all of them."""
        return (self.recorded, self.incidents, self.told) == (self.count, 1, (self.count,))

    @property
    def row(self) -> str:
        """The row of the page."""
        told = ", ".join(f"{count:,}" for count in self.told)
        return (
            f"| `{self.recording}` | {self.count:,} | {self.accepted_s:.1f} s "
            f"| {self.handled_s:.1f} s | {self.peak_kib / 1024:.0f} MiB | {self.recorded:,} "
            f"| {self.incidents:,} | {len(self.told)} ({told}) "
            f"| {'reached' if self.is_sound else 'missed'} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    print("\n".join(one.row for one in measure(parser.parse_args().count)))


def measure(count: int = COUNT) -> list[Flood]:
    """Return floods of both ways of recording, each of a hundredth first."""
    return [flood(one, count=size) for one in RECORDINGS for size in (max(1, count // 100), count)]


def flood(recording: str, *, count: int) -> Flood:
    """Accept so many alerts, then let a worker handle them until nothing is left to do."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flood-")))
        server = stack.enter_context(redis_process.running(home / "redis"))
        mails = stack.enter_context(mail_server.running())
        given = _settings(recording, home=home, redis_url=server.url, mails=mails)
        store = open_store(_loaded(given))
        bring_up_to_date(store.database)
        stack.callback(store.database.close)
        # In a process of its own, which is gone with all its connections before Redis is.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as gateway:
            accepted_s = gateway.submit(_accept, given, count).result()
        worker = stack.enter_context(
            started(_WORKER, environment=environment(given), output=home / "worker.txt")
        )
        begin = time.perf_counter()
        peak_kib = _handled(worker, server, mails)
        handled_s = time.perf_counter() - begin
        return Flood(
            recording=recording,
            count=count,
            accepted_s=accepted_s,
            handled_s=handled_s,
            peak_kib=peak_kib,
            recorded=_count(store, alerts),
            incidents=_count(store, incidents),
            told=tuple(int(one) for mail in mails.mails for one in _SUBJECT.findall(mail)),
        )


def _settings(
    recording: str, *, home: Path, redis_url: str, mails: MailServer
) -> Mapping[str, str]:
    return {
        "ALERT_EMAIL_FROM": "piigate@example.org",
        "ALERT_EMAIL_SECURITY": "none",
        "ALERT_EMAIL_SERVER": mails.place,
        "ALERT_EMAIL_TO": "operators@example.org",
        "ALERT_RECORDING": recording,
        "ALERT_REPORTS": "off",
        "ALERT_SINKS": "email",
        "ALERT_TELL_AFTER": "0",
        "ALERT_TELL_EVERY": "3600",
        "DATABASE_URL": f"sqlite:///{home / 'alerts.db'}",
        "JOB_TTL": "86400",
        "PAYLOAD_KEYS": secrets.token_hex(32),
        "PIIGATE_HOME": str(home),
        "PSEUDONYM_KEY": secrets.token_hex(32),
        "REDIS_URL": redis_url,
    }


def _loaded(given: Mapping[str, str]) -> TasksSettings:
    return TasksSettings.load(**{name.lower(): value for name, value in given.items()})


def _accept(given: Mapping[str, str], count: int) -> float:
    """Accept payloads with the same finding in threads, as a gateway does, but for HTTP.

    Returns the seconds that it took.
    """
    settings = _loaded(given)
    engine = open_engine(settings, open_store(settings), seal=open_keys(settings).seal)
    queue, task = open_queue(settings), discover().named("echo")

    def accept(number: int) -> None:
        payload: Any = {"contact": f"person-{number}@example.com"}
        request_id = uuid.uuid4().hex
        alert = engine.record(
            payload,
            Scan(findings=scan(payload), is_partial=False),
            caller="shop",
            task=task.name,
            request_id=request_id,
            job_id=str(uuid.uuid4()),
        )
        entry = AlertEntry(job_id=alert.job_id, entry=engine.pack(alert, payload))
        queue.submit(task, payload, caller="shop", request_id=request_id, alert=entry)

    begin = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(accept, range(count)):
            pass
    return time.perf_counter() - begin


def _handled(worker: Started, server: RedisProcess, mails: MailServer) -> int:
    """Wait until nothing is left to do; return the most KiB that were resident on the way."""
    peak_kib = 0
    with server.client() as client:
        redis: Any = client  # which types every answer as several

        def is_over() -> bool:
            nonlocal peak_kib
            peak_kib = max(peak_kib, worker.memory_kib())
            left = redis.llen(ALERTS) + redis.scard(ALERTS_TAKERS)
            return bool(mails.mails) and not left + redis.llen(f"rq:queue:{ALERTS_QUEUE}")

        wait_until(is_over, within_s=_OVER_WITHIN_S, every_s=_LOOK_EVERY_S, what="the telling")
    return peak_kib


def _count(store: RecordStore, table: Table) -> int:
    with store.database.reading() as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


if __name__ == "__main__":
    main()
