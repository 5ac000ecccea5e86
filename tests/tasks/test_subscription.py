"""What Redis tells is heard by a fiber, which holds no other up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import redis

from alerting.fibers import Signal, current_fiber
from tasks import subscription
from tasks.connection import connect
from tasks.settings import TasksSettings
from tasks.subscription import Subscription
from tests.fiber_carrier import Carrier, pauses
from tests.redis_process import RedisProcess

_JOB = "0f" * 16


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """Ask a Redis that says nothing much sooner whether it is there."""
    monkeypatch.setattr(subscription, "_ASK_AFTER_S", 0.1)
    with ThreadPoolExecutor(1) as pool:
        yield Carrier(pool)


def listening(server: RedisProcess) -> Subscription:
    """Return a subscription of the fiber that calls this, once it hears."""
    assert current_fiber()
    heard = Subscription(partial(connect, TasksSettings.load(redis_url=server.url)), "ends")
    while heard.expect(("ends", "")).wait(0):  # Until it hears all, each is told at once.
        Signal().wait(0.02)
    return heard


def test_silence_holds_nobody_up(
    carrier: Carrier, redis_process: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """While Redis has nothing to say the thread is free, and the subscription stays."""

    def work() -> None:
        heard = listening(redis_process)
        assert max(pauses(for_s=1)) < 0.5
        news = heard.expect(("ends", _JOB))
        with redis_process.client() as client:
            assert client.publish("ends", _JOB) == 1
        assert news.wait(0.5)

    carrier.run(work)
    assert not caplog.records


def test_a_server_that_is_gone_costs_little(
    carrier: Carrier, own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A client takes a hundred times longer to make than to find that nobody answers."""
    made: list[redis.Redis] = []

    def make() -> redis.Redis:
        made.append(connect(TasksSettings.load(redis_url=own_redis.url)))
        return made[-1]

    def work() -> None:
        news = Subscription(make, "ends").expect(("ends", _JOB))
        own_redis.stop()
        Signal().wait(1)
        while news.wait(0):
            pass
        own_redis.start()
        assert news.wait(1)

    carrier.run(work)
    assert [record.message for record in caplog.records] == ["subscription lost"]
    assert len(made) == 1


def test_a_silent_server_is_given_up(
    carrier: Carrier, own_redis: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """One that does not even answer whether it is there; that too holds nobody up."""

    def work() -> None:
        heard = listening(own_redis)
        news = heard.expect(("ends", _JOB))
        own_redis.halt(for_s=1)
        assert max(pauses(for_s=1)) < 0.5
        assert [record.message for record in caplog.records] == ["subscription lost"]
        assert news.wait(3)  # Something may have gone unheard.

    carrier.run(work)
