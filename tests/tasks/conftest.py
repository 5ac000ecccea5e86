"""A queue that a real worker serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from tasks.client import Client
from tasks.queue import RedisQueue, open_queue
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess, running
from tests.tasks.alert_office import Office, office_of
from tests.tasks.worker_process import OURS, worker


@dataclass(frozen=True, kw_only=True)
class Served:
    """A queue, its Redis server, and the folder where its worker logs."""

    queue: RedisQueue
    server: RedisProcess
    home: Path

    def job_lines(self, job_id: str) -> list[str]:
        """Return the lines of the log about a job."""
        log = (self.home / "logs" / "app.log").read_text()
        return [line for line in log.splitlines() if job_id in line]


def queue_on(server: RedisProcess) -> RedisQueue:
    """Return a queue on the server."""
    return open_queue(TasksSettings.load(redis_url=server.url))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a queue by ``rq worker`` with our worker class while a module's tests run."""
    home = tmp_path_factory.mktemp("served")
    with running(home / "redis") as server, worker(*OURS, server=server, home=home):
        yield Served(queue=queue_on(server), server=server, home=home)


@pytest.fixture
def redis(served: Served) -> Redis:
    """Return a client as the forger has it."""
    return served.server.client()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    """Start a Redis server that the test may stop and start."""
    with running(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def client(own_redis: RedisProcess) -> Iterator[Client]:
    """Return a client of an empty server."""
    with own_redis.client() as plain:
        yield Client(connection_pool=plain.connection_pool)


@pytest.fixture(params=["direct", "queued"])
def office(
    request: pytest.FixtureRequest,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    """An office that records in one way, then in the other."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    monkeypatch.setattr("tasks.alert_handler._PAUSE_S", 0.001)
    settings = TasksSettings.load(
        redis_url=redis_url,
        alert_recording=request.param,
        alert_tell_after=0,
        alert_tell_every=3600,
    )
    with office_of(settings) as opened:
        yield opened
