"""What the views work with, built once by the application factory. Knows nothing of requests."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import cast

from flask import current_app

from alerting.engine import AlertEngine
from alerting.finding import JsonValue
from alerting.records.revealing import reveal
from alerting.records.store import RecordStore
from alerting.scanner import Scanner
from flaskapp.idempotency import Fingerprints
from flaskapp.settings import WebSettings
from flaskapp.tokens import TokenStore
from tasks.ports import JobQueue, QueueOverview
from tasks.registry import TaskRegistry
from tasks.sealing import KeyRing

EXTENSION = "piigate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts behind the gateway."""

    settings: WebSettings
    scanner: Scanner
    alerts: AlertEngine
    records: RecordStore
    queue: JobQueue
    overview: QueueOverview
    tasks: TaskRegistry
    tokens: TokenStore
    fingerprints: Fingerprints
    streams: BoundedSemaphore
    payload_keys: KeyRing
    count_payloads: Callable[[int], None]

    def reveal(self, alert_id: str, *, who: str) -> JsonValue:
        """Return the payload of an alert, which is noted in the alert's history.

        Raises AlertNotFound, NothingToReveal, DatabaseUnavailable, SealBroken.
        """
        return reveal(self.records, alert_id, who=who, open_seal=self.payload_keys.open)


def services() -> Services:
    """Return the parts behind the application that serves the current request."""
    return cast("Services", current_app.extensions[EXTENSION])
