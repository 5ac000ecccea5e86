"""What a process loads before it forks for a job."""

import subprocess
import sys
from pathlib import Path

from tests.redis_process import RedisProcess
from tests.tasks.worker_process import ROOT, environment

# Prints what a forked process finds loaded before and after the first job was read.
_FORKS = """
import os
from redis import Redis
from tasks.job import Job
from tasks.payload_keys import process_keys
from tasks.registry import discover
from tasks.serializer import Serializer
from tasks.settings import process_settings

def loaded_in_child():
    if os.fork() == 0:
        cached = (discover, process_keys, process_settings)
        print([one.cache_info().currsize for one in cached], flush=True)
        os._exit(0)
    os.wait()

loaded_in_child()
Job(connection=Redis(port=1), serializer=Serializer).restore({b"data": b""})
loaded_in_child()
"""


def test_first_job_has_all_loaded_before_a_fork(tmp_path: Path) -> None:
    """Who has read a job forks with tasks, keys and settings; who has not, loads nothing for it."""
    done = subprocess.run(
        [sys.executable, "-c", _FORKS],
        cwd=ROOT,
        env=environment(RedisProcess(tmp_path), tmp_path),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout.splitlines() == ["[0, 0, 0]", "[1, 1, 1]"]
    assert done.stderr == ""
