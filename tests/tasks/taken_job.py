"""Jobs that a worker has taken: started by one of this process, or lost with it."""

import os
import signal

import redis
import rq
from rq.executions import Execution
from rq.utils import as_text

from tasks.recovery import Delivery, Recovery
from tasks.serializer import Serializer
from tasks.stored_job import StoredJob
from tasks.worker import Worker

TAKEN = "rq:queue:default:intermediate"


def kill_worker_of(job_id: str, client: redis.Redis) -> None:
    """Kill the worker that runs the job."""
    name = as_text(client.hget(f"rq:job:{job_id}", "worker_name") or b"")
    os.kill(int(client.hget(f"rq:worker:{name}", "pid") or 0), signal.SIGKILL)


def bring_back(client: redis.Redis, delivery: Delivery, *, times: int) -> None:
    """Lose a job that was taken from its queue several times."""
    recovery = Recovery(client, max_deliveries=3)
    for _ in range(times):
        client.lmove("rq:queue:default", TAKEN)
        recovery.bring_back(delivery)


def started(client: redis.Redis, job_id: str) -> tuple[Worker, rq.job.Job, Execution]:
    """Return a worker of this process with the job that it has taken and started."""
    client.lmove("rq:queue:default", TAKEN)
    one = Worker(["default"], connection=client)
    job = StoredJob.fetch(job_id, client, Serializer)
    return one, job, one.prepare_execution(job)
