"""Everything that must hold before a process is started, so that a fault is one clear line.

Starts nothing, and leaves nothing behind but a database that is up to date.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from alerting.errors import DatabaseUnavailable
from alerting.records.migrations import bring_up_to_date
from alerting.records.store import RecordStore
from flaskapp import create_app
from flaskapp.health import reports_writable
from flaskapp.launch.errors import (
    DatabaseNotReady,
    PortUnavailable,
    RedisUnreachable,
    ReportsNotWritable,
)
from flaskapp.launch.programs import programs
from flaskapp.services import EXTENSION
from flaskapp.settings import WebSettings
from flaskapp.tokens import development_tokens, is_loopback
from tasks import redis_server
from tasks.demand import Demand
from tasks.errors import QueueUnavailable
from tasks.ports import JobQueue
from tasks.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is about to be started."""

    settings: WebSettings
    programs: list[Program]
    demand: Demand
    own_redis: bool
    has_development_token: bool
    """Whether everybody knows a token that opens this gateway."""


def prepare() -> Launch:
    """Check and return what to start.

    Raises InvalidSettings, LaunchError, NoTokenConfigured, RedisServerError.
    """
    settings = WebSettings.load()
    environment = _development_environment(settings)
    if environment:
        settings = WebSettings.load(api_tokens=environment["API_TOKENS"])
    # The application checks the rest by being made, as it will be made in the web processes.
    parts = create_app(settings).extensions[EXTENSION]
    own_redis = "redis_url" not in settings.model_fields_set
    running = programs(settings, parts.tasks, own_redis=own_redis, environment=environment)
    check_port(settings.host, settings.port)
    if not reports_writable(settings):
        raise ReportsNotWritable(settings.error_reports)
    if own_redis:
        _check_own_redis()
    else:
        _check_given_redis(settings, parts.queue)
    _prepare_database(parts.records)
    return Launch(
        settings=settings,
        programs=running,
        demand=Demand.of(settings, parts.tasks),
        own_redis=own_redis,
        has_development_token=bool(environment),
    )


def check_port(host: str, port: int) -> None:
    """Raise PortUnavailable when nothing can listen there."""
    try:
        (family, *_, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PortUnavailable(host=host, port=port, reason=reason) from None


def _development_environment(settings: WebSettings) -> Mapping[str, str]:
    """Return the well-known token, where no other is configured and nobody else can reach it.

    A tokens file counts even when it holds no token: somebody revoked the last one.
    """
    configured = settings.api_tokens is not None or settings.tokens_file.exists()
    if configured or not is_loopback(settings.host):
        return {}
    return {"API_TOKENS": development_tokens()}


def _check_own_redis() -> None:
    """Raise RedisServerError when the server of this machine could not start."""
    folder = redis_server.default_folder()
    redis_server.command(folder)
    os.close(redis_server.lock(folder))


def _prepare_database(records: RecordStore) -> None:
    """Bring the tables up to date; raises DatabaseNotReady."""
    try:
        bring_up_to_date(records.database)
    except DatabaseUnavailable as error:
        raise DatabaseNotReady(error.reason) from None
    finally:
        records.database.close()


def _check_given_redis(settings: WebSettings, queue: JobQueue) -> None:
    """Raise RedisUnreachable, which names the place but neither user nor password."""
    try:
        queue.ping()
    except QueueUnavailable:
        url = urlsplit(settings.redis_url.get_secret_value())
        place = url.netloc.rpartition("@")[2] or url.path
        raise RedisUnreachable(scheme=url.scheme, place=place) from None
