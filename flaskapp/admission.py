"""Whether a job may join its queue: not where it would wait there for longer than its caller does.

What is refused here was neither recorded nor enqueued, so that it can be sent again as it is.
"""

import math

from flaskapp.prefer import Waiting
from flaskapp.problems import Problem
from flaskapp.services import Services
from tasks.registry import Task


def patience(gate: Services, task: Task, wait: Waiting) -> float:
    """Return the longest time in seconds that a job may be queued.

    A caller who takes its job's address for an answer has no wait of its own to bound it.
    """
    settings = gate.settings
    ttl_s = settings.job_ttl if task.ttl_s is None else task.ttl_s
    own_s = math.inf if wait.is_async else wait.seconds
    return min(own_s, settings.max_queue_wait, ttl_s)


def admit(gate: Services, task: Task, *, patience_s: float) -> None:
    """Return when the job is expected to be queued for no longer; raises Problem `queue-busy`.

    ``Retry-After`` says when that will be so, unless more payloads come before.
    """
    wait_s = gate.queue.predicted_wait_s(task.queue)
    if wait_s <= patience_s:
        return
    # Later than that, nothing of what is queued now still is.
    retry_s = math.ceil(min(wait_s - patience_s, gate.settings.job_ttl))
    raise Problem(
        "queue-busy",
        f"The job would be queued for about {math.ceil(wait_s)} seconds, and may be for "
        f"{patience_s:g}. Try again later, or with a longer `Prefer: wait=N` or `respond-async`.",
        headers={"Retry-After": str(retry_s)},
    )
