"""Whole gateways for tests from end to end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.gateway import Gateway

Start = Callable[..., Gateway]

_SLOW_TASK = '''
import time
from tasks import progress, task

@task(timeout_s=20)
def slow(payload):
    """Sleep for as many seconds as the payload says."""
    for done in range(10):
        progress(done, 10)
        time.sleep(payload / 10)
    return "slept"
'''


@pytest.fixture
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start gateways on one home; its path is short enough for a socket, whatever the test."""
    started: list[Gateway] = []
    home = tmp_path_factory.mktemp("start") / "home of one"

    def run(**settings: str) -> Gateway:
        home.mkdir(exist_ok=True)
        started.append(Gateway(home, **settings))
        return started[-1]

    yield run
    for gateway in started:
        gateway.destroy()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for the tests that leave it as it was."""
    running = Gateway(tmp_path_factory.mktemp("gateway"))
    try:
        yield running.wait_until_ready()
    finally:
        running.destroy()


@pytest.fixture
def slow_task(tmp_path: Path) -> str:
    """Return a PYTHONPATH on which another package offers the task `slow`."""
    package = tmp_path / "other package"
    (package / "slow_task-1.dist-info").mkdir(parents=True)
    (package / "slow_task.py").write_text(_SLOW_TASK)
    (package / "slow_task-1.dist-info" / "METADATA").write_text("Name: slow-task\nVersion: 1\n")
    points = "[piigate.tasks]\nslow_task = slow_task\n"
    (package / "slow_task-1.dist-info" / "entry_points.txt").write_text(points)
    return str(package)
