"""Jobs as no queue of ours stores them, for tests."""

from typing import Any

from tasks.rq_queue import Queue
from tests.tasks.conftest import Served


def forge(served: Served, path: str, *args: Any, **options: Any) -> str:
    """Store a job as a program of ours with access to keys and Redis could, and return its id."""
    queue = Queue("default", served.server.client())
    meta = {"caller": "eve", "request_id": "r-9", "task": "echo"}
    return queue.enqueue_call(path, args=args, description="x", meta=meta, **options).id
