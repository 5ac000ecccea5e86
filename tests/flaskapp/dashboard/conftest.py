"""A dashboard on a real Redis, and a browser in which an administrator is signed in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.queue import RedisQueue, open_queue
from tests.flaskapp.signing_in import sign_in
from tests.redis_process import RedisProcess
from tests.tasks.worker_process import OURS, worker


@pytest.fixture
def redis(redis_process: RedisProcess, redis_url: str) -> Iterator[Redis]:
    """Return a client of the emptied server."""
    with redis_process.client() as client:
        yield client


@pytest.fixture
def queue(redis_url: str) -> RedisQueue:
    """Return the real queue, which nobody serves unless a test starts a worker."""
    return open_queue(WebSettings.load(redis_url=redis_url))


@pytest.fixture
def app(settings: WebSettings, queue: RedisQueue, redis_url: str) -> Flask:
    """Return the gateway on the real Redis."""
    on_redis = WebSettings.load(**{**settings.model_dump(), "redis_url": redis_url})
    return create_app(on_redis, queue=queue)


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    """Return a browser that an administrator signed in with."""
    sign_in(client, "root")
    return client


@pytest.fixture
def work(redis_process: RedisProcess, redis: Redis, tmp_path: Path) -> Iterator[None]:
    """Serve the queue by a real worker."""
    with worker(*OURS, server=redis_process, home=tmp_path):
        yield
