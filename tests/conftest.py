"""What tests of several packages share: a real Redis server."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.redis_process import RedisProcess

# A busy machine is no failure of a property.
settings.register_profile("steady", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=5_000)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """The suite's Redis server."""
    server = RedisProcess(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(redis_process: RedisProcess) -> str:
    """The address of the suite's Redis server, emptied for the test."""
    with redis_process.client() as client:
        client.flushall()
    return redis_process.url
