"""How many payloads a caller may send."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from alerting.errors import InvalidSettings
from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.connection import connect
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import Auth
from tests.redis_process import RedisProcess
from tests.tasks.test_connection import sentinel_url

BATCH = {"Content-Type": "application/x-ndjson"}


def gateway(settings: WebSettings, url: str, limit: str | None = "3/hour") -> FlaskClient:
    """Return a client of a gateway with a limit that is counted in that Redis."""
    limited = settings.model_copy(update={"rate_limit": limit, "redis_url": SecretStr(url)})
    return create_app(limited, queue=InMemoryQueue()).test_client()


def statuses(client: FlaskClient, headers: dict[str, str], *, count: int) -> list[int]:
    """Return the statuses of so many payloads in a row."""
    return [client.post("/run/echo", headers=headers).status_code for _ in range(count)]


def test_beyond_the_limit_is_a_problem(settings: WebSettings, redis_url: str, auth: Auth) -> None:
    """A caller who has sent enough is told when to come again, and nothing is recorded."""
    client = gateway(settings, redis_url)
    assert statuses(client, auth(), count=3) == [200, 200, 200]

    refused = client.post("/run/echo", headers=auth(), json={"email": "a.b@example.com"})

    assert refused.status_code == 429
    assert refused.get_json()["type"] == "/docs#problem-rate-limited"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert time.time() < int(refused.headers["X-RateLimit-Reset"]) <= time.time() + 3601
    assert not list(Path(settings.error_reports).iterdir())


def test_each_caller_has_a_limit_of_its_own(
    settings: WebSettings, redis_url: str, auth: Auth
) -> None:
    """One who sends too much is no matter of another; whoever has no token counts for nobody."""
    client = gateway(settings, redis_url)

    assert statuses(client, {}, count=4) == [401] * 4
    assert statuses(client, auth("alice"), count=4) == [200, 200, 200, 429]
    assert statuses(client, auth("bob"), count=1) == [200]


def test_all_processes_and_calls_count_together(
    settings: WebSettings, redis_url: str, auth: Auth
) -> None:
    """Payloads that are run or scanned, here or there, are one sum; a look at a job is free."""
    one, other = gateway(settings, redis_url), gateway(settings, redis_url)

    assert one.post("/run", headers=auth()).status_code == 200
    assert other.post("/scan", headers=auth(), json={}).status_code == 200
    job_id = other.post("/run/echo", headers=auth()).get_json()["job_id"]
    assert one.post("/scan", headers=auth(), json={}).status_code == 429
    assert one.get("/tasks", headers=auth()).status_code == 200
    assert other.get(f"/jobs/{job_id}", headers=auth()).status_code == 200


def test_retry_after_is_honest(settings: WebSettings, redis_url: str, auth: Auth) -> None:
    """After the seconds that the answer says, there is room again."""
    client = gateway(settings, redis_url, "1/second")
    while (answer := client.post("/run/echo", headers=auth())).status_code == 200:
        pass

    time.sleep(int(answer.headers["Retry-After"]))

    assert statuses(client, auth(), count=1) == [200]


def test_line_of_a_batch_is_a_payload(settings: WebSettings, redis_url: str, auth: Auth) -> None:
    """A batch counts its lines, all or none of which are accepted."""
    client = gateway(settings, redis_url, "5/hour")

    def send(lines: int) -> Any:
        return client.post("/run/echo", headers=auth() | BATCH, data="1\n" * lines)

    assert send(3).status_code == 200
    assert send(3).status_code == 429


def test_batch_longer_than_the_limit_takes_all_of_it(
    settings: WebSettings, redis_url: str, auth: Auth
) -> None:
    """No batch is too long for ever: it passes where nothing else was sent."""
    client = gateway(settings, redis_url)
    answer = client.post("/run/echo", headers=auth() | BATCH, data="1\n" * 50)

    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 50
    assert statuses(client, auth(), count=1) == [429]


def test_counts_are_kept_under_our_prefix(
    settings: WebSettings, redis_process: RedisProcess, redis_url: str, auth: Auth
) -> None:
    """In Redis they are piigate's, and go by themselves."""
    statuses(gateway(settings, redis_url), auth(), count=1)

    with redis_process.client() as client:
        (key,) = client.keys()
        assert key.startswith(b"piigate:limits:")
        assert 0 < client.ttl(key) <= 3600


def test_without_a_limit_redis_is_not_asked(
    settings: WebSettings, redis_process: RedisProcess, redis_url: str, auth: Auth
) -> None:
    """What nobody configured costs nothing."""
    with redis_process.client() as client:
        before = client.info("stats")["total_connections_received"]
        assert statuses(gateway(settings, redis_url, None), auth(), count=5) == [200] * 5
        assert client.info("stats")["total_connections_received"] == before


def test_sentinel_leads_to_the_counts(settings: WebSettings, tmp_path: Path, auth: Auth) -> None:
    """Every address that the queue takes will do, a sentinel's too."""
    with sentinel_url(tmp_path) as url:
        client = gateway(settings, url)
        assert statuses(client, auth(), count=4) == [200, 200, 200, 429]
        with connect(settings.model_copy(update={"redis_url": SecretStr(url)})) as redis:
            assert redis.keys("piigate:limits:*")


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    """Return a Redis server of the test's own, which it starts."""
    (tmp_path / "redis").mkdir()
    server = RedisProcess(tmp_path / "redis")
    yield server
    server.stop()


def test_limit_holds_while_redis_is_out_of_reach(
    settings: WebSettings, own_redis: RedisProcess, auth: Auth
) -> None:
    """A process counts by itself then, and together with the others when Redis is back."""
    client = gateway(settings, own_redis.url)
    assert statuses(client, auth(), count=4) == [200, 200, 200, 429]

    own_redis.start()

    deadline = time.monotonic() + 20
    while statuses(client, auth(), count=1) == [429]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with own_redis.client() as redis:
        assert redis.keys("piigate:limits:*")


@pytest.mark.parametrize("limit", ["", "fast", "10", "10/fortnight", "0/second"])
def test_limit_that_is_none_stops_the_start(settings: WebSettings, limit: str) -> None:
    """What is no limit is a fault of the settings, and says how one looks."""
    with pytest.raises(InvalidSettings, match="100/second"):
        WebSettings.load(rate_limit=limit)
