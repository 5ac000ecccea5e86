"""Tasks and the jobs that run them on RQ and Redis; knows no HTTP."""

from tasks.job_progress import progress
from tasks.registry import task

__all__ = ["progress", "task"]
