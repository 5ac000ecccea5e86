"""Real workers and RQ commands, run as a user runs them, bounded in time."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rq import Worker

from tests.redis_process import RedisProcess

ROOT = Path(__file__).parents[2]
RQ = Path(sys.executable).with_name("rq")
OURS = ("-c", "tasks.rq_config", "-w", "tasks.worker.Worker")
STOCK = ("-c", "tasks.rq_config", "-j", "tasks.job.Job", "-S", "tasks.serializer.Serializer")


def environment(server: RedisProcess, home: Path) -> dict[str, str]:
    """Return an environment for RQ's commands in which the odd tasks are installed."""
    package = home / "packages" / "odd_tasks-1.dist-info"
    package.mkdir(parents=True, exist_ok=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-tasks\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[piigate.tasks]\nodd = tests.tasks.odd_tasks\n")
    return os.environ | {
        "PYTHONPATH": str(package.parent),
        "PIIGATE_HOME": str(home),
        "REDIS_URL": server.url,
    }


def run_rq(*words: str, server: RedisProcess, home: Path) -> str:
    """Run an RQ command to its end, which must be a good one, and return what it printed."""
    done = ended_rq(*words, server=server, home=home)
    done.check_returncode()
    return done.stdout + done.stderr


def ended_rq(
    *words: str, server: RedisProcess, home: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run an RQ command to its end, whichever that is."""
    return subprocess.run(
        [RQ, *words],
        cwd=ROOT,
        env=environment(server, home) | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextmanager
def worker(
    *options: str, server: RedisProcess, home: Path, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``rq worker`` with the options; stop it at the end if it still runs."""
    with server.client() as client, (home / "worker.out").open("ab") as output:
        before = Worker.count(connection=client)
        process = subprocess.Popen(
            [RQ, "worker", *options],
            cwd=ROOT,
            env=environment(server, home) | settings,
            stdout=output,
            stderr=output,
        )
        deadline = time.monotonic() + 20
        while Worker.count(connection=client) == before:
            assert process.poll() is None, (home / "worker.out").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
