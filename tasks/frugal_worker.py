"""RQ's worker with few round trips to Redis; what is stored stays RQ's. Knows no processes.

A short job takes one, which takes the next job from the queue, stores its start and the end of this
one; two more when it has been waited for. RQ's own worker takes about twenty.
"""

import time
from copy import copy
from functools import cached_property
from typing import Any

import rq
import rq.job
from redis.client import Pipeline
from rq.executions import Execution
from rq.utils import as_text, now
from rq.worker import WorkerStatus

from tasks.client import Client
from tasks.errors import TakenBack
from tasks.pace import Pace
from tasks.reaper import SIGN_FIELD
from tasks.script import Script
from tasks.taking import ID, QUEUE, WORKER, Taken, Taking, start_script

TICK_S = 1.0
"""Between two signs of life, and between two looks whether workers are suspended."""

_HEARTBEAT_GRACE_S = 20


class FrugalWorker(rq.Worker):
    """Stores together what RQ stores one by one, and says less often what has not changed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        self.connection: Client = Client(connection_pool=self.connection.connection_pool)
        for queue in self.queues:
            queue.connection = self.connection
        self._stored_state: str | None = None
        self._next_heartbeat = self._next_suspension = self._next_pace = 0.0
        self._pace = Pace()

    def perform_job(self, job: rq.job.Job, queue: rq.Queue, execution: Execution) -> bool:
        """Run the job to its stored end, and note how long that took."""
        self._pace.begin()
        try:
            return super().perform_job(job, queue, execution)
        finally:
            self._pace.end()

    def prepare_execution(self, job: rq.job.Job) -> Execution:
        """Store in one round trip what RQ stores in two: that the job is started, and where.

        The job leaves the list of jobs taken from the queue in the same moment, so that it is
        always in one list or the other. Raises TakenBack when it is not there: somebody brought it
        back, and it is started by whoever has taken it since. Jobs of several queues are in no
        such list.
        """
        execution = None
        if len(self.queues) == 1:
            taken = self.start_taken(self.queues[0], job.id)
            if taken is None:
                raise TakenBack
            execution = taken.execution
        if execution is None:
            with self.connection.batch() as batch:
                execution = self._start(job, batch)
                batch.execute()
        self.executions[execution.id] = execution
        return execution

    def leave(self, job: rq.job.Job, execution: Execution) -> None:
        """Remove the traces of a job that another worker has now."""
        with self.connection.batch() as batch:
            self.cleanup_execution(job, batch, execution)
            batch.execute()

    def taking(self, queue: rq.Queue, *, job_id: str = "") -> Taking:
        """Return what takes a job from the queue and starts it, or starts one that was taken."""
        self._state = self._stored_state = WorkerStatus.BUSY
        return Taking.of(self._start_script, queue, self, job_id=job_id)

    @cached_property
    def _start_script(self) -> Script:
        unknown = self.job_class(ID, self.connection, self.serializer)
        unknown.origin = QUEUE
        nobody = copy(self)
        nobody.name = WORKER
        return start_script(self.connection, unknown, nobody._start)  # noqa: SLF001 - its own

    def await_job(self, queue: rq.Queue, *, wait_s: float) -> Taken | None:
        """Take a job from the queue as soon as there is one, or return None in the end."""
        intermediate = queue.intermediate_queue_key
        job_id: Any = self.connection.blmove(queue.key, intermediate, wait_s)  # type: ignore[arg-type] # Redis takes fractions
        return self.start_taken(queue, as_text(job_id)) if job_id else None

    def start_taken(self, queue: rq.Queue, job_id: str) -> Taken | None:
        """Store the start of a job that was taken; return None if it was brought back."""
        taking = self.taking(queue, job_id=job_id)
        self.connection.call(taking.call)
        return taking.taken

    def _start(self, job: rq.job.Job, batch: Pipeline) -> Execution:
        """Add what RQ stores of the start of a job; at last, that it is no longer just taken."""
        ttl = self.get_heartbeat_ttl(job)
        execution = Execution.create(job, ttl, pipeline=batch, worker_name=self.name)
        batch.hset(execution.key, SIGN_FIELD, 1)
        self.set_state(WorkerStatus.BUSY, pipeline=batch)
        job.prepare_for_execution(self.name, pipeline=batch)
        batch.persist(job.key)
        intermediate = f"{rq.Queue.redis_queue_namespace_prefix}{job.origin}:intermediate"
        batch.lrem(intermediate, 1, job.id)
        return execution

    def prepare_job_execution(
        self,
        job: rq.job.Job,
        remove_from_intermediate_queue: bool = False,  # noqa: ARG002 - done there as well
    ) -> None:
        """Tell this process's copy of the job what is stored of its start, as RQ does there."""
        job.worker_name = self.name
        job.started_at = job.last_heartbeat = now()
        job._status = rq.job.JobStatus.STARTED  # noqa: SLF001 - RQ has no setter that stores nothing

    def handle_execution_ended(self, job: Any, *_args: Any, **_kwargs: Any) -> None:
        """Note when the job ended; it is stored with the rest of the end."""
        job.ended_at = job.last_heartbeat = now()

    def cleanup_execution(
        self, job: rq.job.Job, pipeline: Pipeline, execution: Execution | None = None
    ) -> None:
        """Store with the job's end that the worker is idle."""
        super().cleanup_execution(job, pipeline, execution)
        pipeline.hset(self.key, "state", WorkerStatus.IDLE)
        self._stored_state = WorkerStatus.IDLE

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Store the worker's state, unless Redis has it already."""
        if pipeline is None and state == self._stored_state:
            self._state = state
            return
        super().set_state(state, pipeline)
        self._stored_state = state

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Give a sign of life, on its own once a second at most and in one round trip."""
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            self._tell_pace(pipeline)
        elif timeout or time.monotonic() >= self._next_heartbeat:
            with self.connection.pipeline(transaction=False) as alone:
                super().heartbeat(timeout, alone)
                self._tell_pace(alone)
                alone.execute()
            self._next_heartbeat = time.monotonic() + TICK_S

    def _tell_pace(self, pipeline: Pipeline) -> None:
        """Tell with a sign of life how fast this worker is, once a second at most.

        A worker of several queues would make each look faster than it is, and tells nothing.
        """
        if len(self.queues) == 1 and time.monotonic() >= self._next_pace:
            self._pace.tell(pipeline, self.queues[0].name)
            self._next_pace = time.monotonic() + TICK_S

    def check_for_suspension(self, burst: bool) -> None:
        """Look once a second whether workers are suspended."""
        if time.monotonic() >= self._next_suspension:
            super().check_for_suspension(burst)
            self._next_suspension = time.monotonic() + TICK_S

    def get_heartbeat_ttl(self, job: rq.job.Job, working_time: float = 0.0) -> int:
        """Return after how many seconds without a sign of life a job counts as lost."""
        return super().get_heartbeat_ttl(job, working_time) - 60 + _HEARTBEAT_GRACE_S
