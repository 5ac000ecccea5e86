"""The application factory: builds the parts once and joins them. Knows nothing of requests.

The connections behind the queue open with its first use, so each process of a server that loads
the application before it forks has its own.
"""

import os
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.response import Response as BaseResponse

from alerting import log
from alerting.engine import AlertEngine, open_engine
from alerting.errors import InvalidSettings
from alerting.keys import load_key
from alerting.records.store import open_store
from alerting.scanner import open_scanner
from alerting.settings import home
from alerting.telling.sinks import open_sinks
from flaskapp import (
    alerts_cli,
    allow_cli,
    catalogue,
    console,
    dashboard,
    database_cli,
    docs,
    events,
    groups,
    health,
    jobs,
    keys_cli,
    login,
    openapi,
    problems,
    rate,
    request_log,
    review,
    run,
    run_file_cli,
    scan,
    scan_cli,
    security_headers,
    tokens_cli,
)
from flaskapp.errors import NoTokenConfigured
from flaskapp.idempotency import Fingerprints
from flaskapp.services import EXTENSION, Services
from flaskapp.settings import WebSettings
from flaskapp.tokens import TokenStore
from tasks.alert_teller import publisher
from tasks.connection import connect
from tasks.errors import UnknownTask
from tasks.overview import open_overview
from tasks.payload_keys import open_keys
from tasks.ports import JobQueue, QueueOverview
from tasks.queue import open_queue
from tasks.registry import TaskRegistry, discover
from tasks.serializer import quick_json

API = (
    run.bp,
    scan.bp,
    jobs.bp,
    groups.bp,
    events.bp,
    review.bp,
    catalogue.bp,
    health.bp,
    openapi.bp,
    docs.bp,
)


class _App(Flask):
    """Flask without a look at each function of each request for whether it is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: none of ours is a coroutine."""
        return func


class _Json(DefaultJSONProvider):
    """JSON as the payload had it: members in their order, letters as themselves."""

    ensure_ascii = False
    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> BaseResponse:
        """Return the value as an answer."""
        text = quick_json(args[0]) if len(args) == 1 and not kwargs else None
        if text is None:
            return super().response(*args, **kwargs)
        return Response(text + b"\n", mimetype=self.mimetype)


def create_app(
    settings: WebSettings | None = None,
    *,
    queue: JobQueue | None = None,
    overview: QueueOverview | None = None,
    alerts: AlertEngine | None = None,
) -> Flask:
    """Return the application; raises InvalidSettings, NoTokenConfigured.

    Without any token nobody could get in, so only the command line, which makes the first one,
    gets an application then.
    """
    settings = settings or WebSettings.load()
    log.configure(settings, stderr=settings.log_file is None)
    secret = load_key("secret_key", given=settings.secret_key)
    records = open_store(settings)
    payload_keys = open_keys(settings)
    connection = connect(settings)
    open_sinks(settings, publish=publisher(connection))  # Names what the settings miss.
    app = _app(settings, secret=secret)
    services = Services(
        settings=settings,
        scanner=open_scanner(settings),
        alerts=alerts or open_engine(settings, records, seal=payload_keys.seal),
        records=records,
        payload_keys=payload_keys,
        queue=queue or open_queue(settings),
        overview=overview or open_overview(settings),
        tasks=_tasks(settings),
        tokens=TokenStore.from_settings(settings),
        fingerprints=Fingerprints(secret),
        # Some thread must be left for other requests.
        streams=BoundedSemaphore(max(1, min(settings.event_streams, settings.web_threads - 1))),
        count_payloads=rate.register(app, settings),
    )
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true" and services.tokens.is_empty():
        raise NoTokenConfigured
    return _joined(app, services)


def _tasks(settings: WebSettings) -> TaskRegistry:
    found = discover()
    try:
        found.named(settings.default_task)
    except UnknownTask:
        names = ", ".join(task.name for task in found)
        raise InvalidSettings([f"DEFAULT_TASK: there is no such task; there are {names}"]) from None
    return found


def _app(settings: WebSettings, *, secret: str) -> Flask:
    app = _App(__name__, instance_path=str(home() / "instance"))
    app.json = _Json(app)
    app.url_map.merge_slashes = False  # an answer would repeat the path that was asked for
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        SECRET_KEY=secret,
        SESSION_COOKIE_SECURE=settings.session_cookie_secure,
    )
    request_log.register(app)
    return app


def _joined(app: Flask, services: Services) -> Flask:
    settings = services.settings
    app.extensions[EXTENSION] = services
    security_headers.register(app)
    problems.register(app)
    for blueprint in API:
        app.register_blueprint(blueprint)
    login.register(app, lifetime_s=settings.session_lifetime)
    console.register(app)
    dashboard.register(app, connect(settings))
    tokens_cli.register(app)
    database_cli.register(app)
    alerts_cli.register(app)
    allow_cli.register(app)
    keys_cli.register(app)
    scan_cli.register(app)
    run_file_cli.register(app)
    if hops := settings.trusted_proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign] # Flask's documented way
    return app
