"""What tests of several packages share, and how a run of them is judged and measured."""

import os
import secrets
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.redis_process import RedisProcess, running

# How long an example takes says nothing on a machine that runs other tests beside it.
settings.register_profile("steady", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=5_000)
settings.load_profile("steady")

_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped when every part of the system must be here.

    What it wrote may hold half characters, which the process that gathers the reports cannot read.
    """
    report = _without_skip((yield))
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what runs whole systems, so that at the end nobody waits for one of those."""
    whole = ("tests/e2e/", "tests/delivery/", "tests/test_", "tests/flaskapp/console/")
    items.sort(key=lambda item: not item.nodeid.startswith(whole))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Drop what processes were measuring when tests killed them: it cannot be combined.

    As the innermost wrapper it runs before coverage is combined, and only once for all processes
    that share the tests: in the others, what is half written may still become whole.
    """
    ended = yield
    if not hasattr(session.config, "workerinput"):
        for measured in session.config.rootpath.glob(".coverage.*"):
            if not _is_whole(measured):
                measured.unlink()
    return ended


def _is_whole(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        try:
            is_sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            head = connection.execute("SELECT version FROM coverage_schema").fetchone()
        except sqlite3.DatabaseError:
            return False
    return is_sound and head is not None


@pytest.fixture(scope="session", autouse=True)
def payload_keys() -> Iterator[None]:
    """Give queues of this process and workers of others, whatever their homes, the same keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYLOAD_KEYS", secrets.token_hex(32))
        yield


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """The suite's Redis server."""
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_process: RedisProcess) -> str:
    """The address of the suite's Redis server, emptied for the test."""
    with redis_process.client() as client:
        client.flushall()
    return redis_process.url
