"""RQ's worker with few round trips to Redis; what is stored stays RQ's. Knows no processes.

A short job takes five: from the queue, its hash, its start, and for its end a watched read and one
transaction. RQ's own worker takes about twenty.
"""

import time
from typing import Any

import rq
import rq.job
from redis.client import Pipeline
from rq.executions import Execution
from rq.utils import now
from rq.worker import WorkerStatus

from tasks.errors import TakenBack
from tasks.pace import Pace
from tasks.reaper import SIGN_FIELD
from tasks.recovery import LOSSES

TICK_S = 1.0
"""Between two signs of life, and between two looks whether workers are suspended."""

_HEARTBEAT_GRACE_S = 20


class FrugalWorker(rq.Worker):
    """Stores together what RQ stores one by one, and says less often what has not changed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take RQ's arguments."""
        super().__init__(*args, **options)
        self._stored_state: str | None = None
        self._next_heartbeat = self._next_suspension = self._next_pace = 0.0
        self._pace = Pace()

    def execute_job(self, job: rq.job.Job, queue: rq.Queue) -> None:
        """Run the job, and note how long that took."""
        self._pace.begin()
        try:
            super().execute_job(job, queue)
        finally:
            self._pace.end()

    def prepare_execution(self, job: rq.job.Job) -> Execution:
        """Store in one round trip what RQ stores in two: that the job is started, and where.

        No transaction is needed, only the order: the job leaves the list of jobs taken from the
        queue last.
        """
        ttl = self.get_heartbeat_ttl(job)
        with self.connection.pipeline(transaction=False) as pipeline:
            execution = Execution.create(job, ttl, pipeline=pipeline, worker_name=self.name)
            self.executions[execution.id] = execution
            pipeline.hset(execution.key, SIGN_FIELD, 1)
            self.set_state(WorkerStatus.BUSY, pipeline=pipeline)
            job.prepare_for_execution(self.name, pipeline=pipeline)
            pipeline.persist(job.key)
            intermediate = f"{rq.Queue.redis_queue_namespace_prefix}{job.origin}:intermediate"
            pipeline.lrem(intermediate, 1, job.id)
            *_, was_there = pipeline.execute()
        if len(self.queues) == 1 and not was_there and self._is_taken_back(job):
            with self.connection.pipeline() as pipeline:
                self.cleanup_execution(job, pipeline, execution)
                pipeline.execute()
            raise TakenBack
        return execution

    def _is_taken_back(self, job: Any) -> bool:
        """Tell a job that was brought back from one whose start was sent twice, in an outage."""
        return bool(self.connection.hget(job.key, LOSSES) != job.stored.get(LOSSES.encode()))

    def prepare_job_execution(
        self,
        job: rq.job.Job,
        remove_from_intermediate_queue: bool = False,  # noqa: ARG002 - done there as well
    ) -> None:
        """Tell this process's copy of the job what the worker has stored in prepare_execution."""
        with self.connection.pipeline() as unsent:
            job.prepare_for_execution(self.name, pipeline=unsent)

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
