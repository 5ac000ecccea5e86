"""What the log of a worker says of a job, for tests."""

import time

from tests.tasks.conftest import Served


def job_line(served: Served, job_id: str) -> str:
    """Return the one line about a job that the log holds, or soon does."""
    deadline = time.monotonic() + 5
    while not served.job_lines(job_id):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.2)  # for a second one
    (line,) = served.job_lines(job_id)
    return line
