"""A job that a test watches: as it is stored, and as one who waits for it hears of it."""

import time
from concurrent.futures import ThreadPoolExecutor

from tasks.job import Job
from tasks.job_state import JobState
from tasks.queue import RedisQueue
from tasks.serializer import Serializer
from tests.redis_process import RedisProcess


def fetch_job(server: RedisProcess, job_id: str) -> Job:
    """Return the stored job."""
    return Job.fetch(job_id, connection=server.client(), serializer=Serializer)  # type: ignore[return-value]


class Waiting:
    """A wait for a job in a thread of its own."""

    def __init__(self, queue: RedisQueue, job_id: str, *, timeout_s: float = 30) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._state = self._pool.submit(queue.wait, job_id, timeout_s=timeout_s)
        time.sleep(0.3)

    def state(self, *, within_s: float) -> JobState:
        """Return the state that the wait returned, which it must do in time."""
        self._pool.shutdown(wait=False)
        return self._state.result(timeout=within_s)
