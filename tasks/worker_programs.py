"""Which worker processes this machine runs: one program for each queue. Starts nothing."""

import sys
from pathlib import Path

from alerting.errors import InvalidSettings
from tasks.alert_handler import ALERTS_QUEUE
from tasks.program import WORKERS_PRIORITY, Program
from tasks.queues import served_queues
from tasks.registry import TaskRegistry
from tasks.settings import TasksSettings
from tasks.worker_counts import Bounds

_GRACE_S = 5


def worker_bounds(settings: TasksSettings, tasks: TaskRegistry) -> dict[str, Bounds]:
    """Return how many workers each known queue has here; one that others serve has none.

    Raises InvalidSettings for a queue that is not known, and for a known one without a number.
    """
    known = served_queues(settings, tasks)
    counts = settings.workers
    # The queue of the alerts is no choice: it is served unless WORKERS names it otherwise.
    own = {ALERTS_QUEUE: counts.named.get(ALERTS_QUEUE, Bounds(low=1, high=1))}
    faults = [
        f"WORKERS: There is no queue {queue}; correct its name, or add it to QUEUES"
        for queue in counts.named
        if queue not in known
    ]
    bounds = {queue: found for queue in known if (found := own.get(queue) or counts.of(queue))}
    faults += [
        f"WORKERS: The queue {queue} has no number; add {queue}=1, or {queue}=0 where other "
        "machines serve it"
        for queue in known
        if queue not in bounds
    ]
    if not faults and not any(one.high for one in bounds.values()):
        faults.append("WORKERS: One queue at least needs a worker")
    if faults:
        raise InvalidSettings(faults)
    return bounds


def worker_programs(settings: TasksSettings, tasks: TaskRegistry) -> list[Program]:
    """Return the programs of the queues that have workers here; raises InvalidSettings.

    Each queue has worker processes of its own, because a worker on several queues can lose a job.
    """
    python = Path(sys.executable).name
    longest_job_s = max(
        (task.timeout_s or settings.job_timeout for task in tasks), default=settings.job_timeout
    )
    return [
        Program(
            name=program_name(queue),
            command=f"{python} -m rq.cli worker -c tasks.rq_config -w tasks.worker.Worker {queue}",
            priority=WORKERS_PRIORITY,
            stop_wait_s=longest_job_s + settings.job_grace + _GRACE_S,
            copies=bounds.high,
            is_elastic=bounds.is_elastic,
        )
        for queue, bounds in worker_bounds(settings, tasks).items()
        if bounds.high
    ]


def program_name(queue: str) -> str:
    """Return the name of the program of a queue's workers."""
    return f"worker-{queue}"
