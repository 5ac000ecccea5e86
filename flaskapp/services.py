"""What the views work with, built once by the application factory. Knows nothing of requests."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import cast

from flask import current_app

from alerting.engine import AlertEngine
from alerting.records.store import RecordStore
from alerting.scanner import Scanner
from flaskapp.idempotency import Fingerprints
from flaskapp.settings import WebSettings
from flaskapp.tokens import TokenStore
from tasks.ports import JobQueue, QueueOverview
from tasks.registry import TaskRegistry

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
    count_payloads: Callable[[int], None]


def services() -> Services:
    """Return the parts behind the application that serves the current request."""
    return cast("Services", current_app.extensions[EXTENSION])
