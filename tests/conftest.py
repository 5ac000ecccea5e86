"""What tests of several packages share: a real Redis server, and no skip where none may be."""

import os
from collections.abc import Generator, Iterator
from typing import TypeVar

import pytest

from tests.redis_process import RedisProcess

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped when every part of the system must be here."""
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips itself likewise."""
    return _without_skip((yield))


def _without_skip(report: _Report) -> _Report:
    is_expected_failure = hasattr(report, "wasxfail")
    if os.environ.get("REQUIRE_ALL") == "1" and report.skipped and not is_expected_failure:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With REQUIRE_ALL=1 nothing may be missing. {reason}"
    return report


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
