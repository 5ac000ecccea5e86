"""Stops a job at a chosen step of its way, so that a test can kill what it chooses right there.

Knows files alone: what it tells must outlive every process, and Redis too.
"""

import os
import time
from pathlib import Path
from typing import Any

STEPS = (
    "after enqueue",
    "after dequeue",
    "before start",
    "running",
    "before the result is written",
    "after the result is written",
)
QUEUED, DEQUEUED, STARTING, RUNNING, ENDING, STORED = STEPS

OPENING = "opening a streak"
"""Where jobs are held that come before others: their processes go on to those by themselves."""

_LONGEST_S = 60


def hold(payload: Any, job_id: str, *, at: str, worker: int, horse: int) -> None:
    """Stay here until the batch is released, if the job is to be held here and for the first time.

    ``worker`` and ``horse`` are the ids of the processes that a test may kill.
    """
    if payload["step"] != at:
        return
    batch = folder(payload)
    if not (batch / "held" / job_id).exists():
        told = batch / "told" / f"{job_id}-{os.getpid()}"
        told.write_text(f"{worker} {horse}")
        told.rename(batch / "held" / job_id)
        deadline = time.monotonic() + _LONGEST_S
        while not (batch / "released").exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def note_run(payload: Any, job_id: str) -> None:
    """Write down, outside Redis, that the job has begun to run."""
    line = os.open(folder(payload) / "runs", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(line, f"{job_id}\n".encode())
    os.close(line)


def folder(payload: Any) -> Path:
    """Return where the job's batch is kept."""
    return Path(os.environ["PIIGATE_HOME"]) / str(payload["batch"])
