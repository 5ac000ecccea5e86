"""Processes, threads and forks that log at once lose no line and stop nobody."""

import logging
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from alerting import log
from alerting.settings import AlertingSettings

# A process forks again and again while a thread of it logs; each child logs one line.
FORKS = """
import logging, os, sys, threading
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

log.configure(AlertingSettings.load(log_file=Path(sys.argv[1])), stderr=False)
logger = logging.getLogger("forks")
log.event(logger, "ready")

def talk():
    while True:
        log.event(logger, "parent")

threading.Thread(target=talk, daemon=True).start()
for _ in range(25):
    if os.fork() == 0:
        log.event(logger, "child")
        os._exit(0)
for _ in range(25):
    os.wait()
os._exit(0)
"""


# Two processes of the same settings each fork two more, and all six log at once.
WRITERS = """
import logging, os, sys
from pathlib import Path
from alerting import log
from alerting.settings import AlertingSettings

name, lines, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
settings = AlertingSettings.load(log_file=home / "app.log", log_max_bytes=10_000, log_backups=900)
log.configure(settings, stderr=False)
logger = logging.getLogger("writer")
log.event(logger, "ready", line=f"{name}-start")
children = [f"{name}{letter}" for letter in "xy"]
for child in children:
    if os.fork() == 0:
        name, children = child, []
        break
for number in range(lines):
    log.event(logger, "counted", line=f"{name}-{number}")
for child in children:
    assert os.wait()[1] == 0
"""


def test_processes_share_and_rotate_the_log_without_losing_a_line(tmp_path: Path) -> None:
    """Six processes, four of them forked, rotate one small log: each line is there once."""
    lines = 150
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITERS, name, str(lines), str(tmp_path)])
        for name in "ab"
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    logs = list(tmp_path.glob("app.log*"))
    assert len(logs) > 5
    found = Counter(
        match[1]
        for path in logs
        for line in path.read_text(encoding="utf-8").splitlines()
        if (match := re.search(r"\] (?:ready|counted) line=(\S+)$", line))
    )
    names = ["a", "ax", "ay", "b", "bx", "by"]
    expected = {f"{name}-{number}" for name in names for number in range(lines)}
    assert found == Counter(expected | {"a-start", "b-start"})


@pytest.mark.usefixtures("clean_logging")
def test_threads_that_log_at_once_lose_no_line(settings: AlertingSettings) -> None:
    """Each line is in the file once, and when the call that logged it returns."""
    log.configure(settings, stderr=False)
    logger = logging.getLogger("many")
    path = settings.log_file
    assert path is not None

    def write(number: int) -> bool:
        log.event(logger, "line", request_id=f"request-{number}-")
        return f"request-{number}-" in path.read_text()

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(write, range(400)))
    lines = path.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 400


def test_fork_while_a_thread_logs_stops_nobody(tmp_path: Path) -> None:
    """No child waits for a lock that a thread of its parent held at the fork."""
    words = [sys.executable, "-W", "ignore", "-c", FORKS, str(tmp_path / "app.log")]
    with subprocess.Popen(words, start_new_session=True) as process:
        try:
            assert process.wait(timeout=30) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    assert (tmp_path / "app.log").read_text().count("child") == 25
