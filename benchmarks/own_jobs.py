"""Our own jobs for the measurement of workers, as the files of ``benchmarks/peers/workers`` do."""

from benchmarks.payloads import ECHOED
from tasks.queue import open_queue
from tasks.registry import discover
from tasks.settings import TasksSettings


def fill(jobs: int) -> tuple[str, str]:
    """Enqueue the jobs on the Redis of ``REDIS_URL``; return the keys of two results there."""
    queue, task = open_queue(TasksSettings.load()), discover().named("echo")
    ids = [queue.submit(task, ECHOED, caller="bench", request_id="bench") for _ in range(jobs)]
    return f"rq:results:{ids[0]}", f"rq:results:{ids[-1]}"
