"""The twin of the job queue for tests: jobs run in threads of this process. Knows no Redis."""

import threading
import uuid
from dataclasses import replace

from alerting.finding import JsonValue
from tasks.errors import JobNotFound
from tasks.job_state import JobState, JobStatus
from tasks.registry import Task
from tasks.serializer import Serializer


class InMemoryQueue:
    """Runs a job as soon as it is submitted; keeps :class:`tasks.ports.JobQueue`.

    A job that overruns its timeout is given up, though its thread cannot be stopped.
    """

    def __init__(self, *, job_timeout_s: float = 60) -> None:
        self._job_timeout_s = job_timeout_s
        self._states: dict[str, JobState] = {}
        self._changed = threading.Condition()

    def submit(self, task: Task, payload: JsonValue, *, caller: str, request_id: str) -> str:
        """Start a job and return its id; raises NotJson."""
        data = Serializer.dumps(payload)
        job = JobState(
            id=str(uuid.uuid4()),
            task=task.name,
            caller=caller,
            request_id=request_id,
            status=JobStatus.STARTED,
        )
        self._states[job.id] = job
        threading.Thread(target=self._run, args=(task, data, job), daemon=True).start()
        return job.id

    def wait(self, job_id: str, *, timeout_s: float) -> JobState:
        """Return the job's state at its end, or as it is after ``timeout_s`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.fetch(job_id).status.is_end, timeout_s)
        return self.fetch(job_id)

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound."""
        try:
            return self._states[job_id]
        except KeyError:
            raise JobNotFound from None

    def ping(self) -> None:
        """Return: the queue is always within reach."""

    def _run(self, task: Task, data: bytes, job: JobState) -> None:
        overrun = replace(job, status=JobStatus.TIMED_OUT)
        timer = threading.Timer(task.timeout_s or self._job_timeout_s, self._end, [overrun])
        timer.daemon = True
        timer.start()
        try:
            result = Serializer.loads(Serializer.dumps(task.function(Serializer.loads(data))))
        except BaseException:  # noqa: BLE001 - the boundary of the worker
            self._end(replace(job, status=JobStatus.FAILED))
        else:
            self._end(replace(job, status=JobStatus.FINISHED, result=result))
        timer.cancel()

    def _end(self, job: JobState) -> None:
        """Keep the first end that a job comes to."""
        with self._changed:
            if not self._states[job.id].status.is_end:
                self._states[job.id] = job
                self._changed.notify_all()
