"""The twin of the job queue for tests: jobs run in threads of this process. Knows no Redis."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alerting.finding import JsonValue
from alerting.ids import new_job_id
from tasks.alert_entry import AlertEntry
from tasks.claim import Claim, Submission
from tasks.deadline import deadline_in
from tasks.errors import IdempotencyKeyInUse, JobNotFound
from tasks.group import Place
from tasks.job_progress import Listener, listening
from tasks.job_state import JobState, JobStatus, Progress
from tasks.ports import never
from tasks.queue_state import Failure, Overview, QueueState
from tasks.registry import Task
from tasks.serializer import Serializer

_ASK_AGAIN_S = 1.0
_FAILED = {JobStatus.FAILED, JobStatus.TIMED_OUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What is known of an idempotency key until it ends, on the monotonic clock."""

    data: bytes
    ends: float


class InMemoryQueue:
    """Runs a job as soon as it is submitted; keeps both :mod:`tasks.ports`.

    A job that overruns its timeout or is canceled is given up, though its thread cannot be stopped.
    Jobs on the queues of ``unserved`` stay queued, as if those had no worker.
    """

    def __init__(self, *, job_timeout_s: float = 60, unserved: Collection[str] = ()) -> None:
        self._job_timeout_s = job_timeout_s
        self._unserved = unserved
        self.alerts: list[bytes] = []
        """The alerts of the payloads that were submitted."""
        self._states: dict[str, JobState] = {}
        self._changed = threading.Condition()
        self._claims: dict[str, _Stored] = {}
        self._queues: dict[str, str] = {}
        self._moments: dict[str, datetime] = {}
        self._groups: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def submit(  # noqa: PLR0913 - each is a fact of its own about the job
        self,
        task: Task,
        payload: JsonValue,
        *,
        caller: str,
        request_id: str,
        claim: Claim | None = None,
        place: Place | None = None,
        alert: AlertEntry | None = None,
        is_awaited: bool = False,  # noqa: ARG002 - nothing is left open here
    ) -> str:
        """Start a job and return its id; raises NotJson, IdempotencyKeyInUse."""
        data = Serializer.dumps(payload)
        job = JobState(
            id=alert.job_id if alert else new_job_id(),
            task=task.name,
            caller=caller,
            request_id=request_id,
            status=JobStatus.QUEUED if task.queue in self._unserved else JobStatus.STARTED,
            deadline=None if task.ttl_s is None else deadline_in(task.ttl_s),
        )
        with self._changed:
            if claim:
                self._settle(claim, job.id)
            self._states[job.id] = job
            self._queues[job.id] = task.queue
            self._moments[job.id] = datetime.now(UTC)
            if place:
                self._groups[place.group_id][place.line] = job.id
            if alert:
                self.alerts.append(alert.entry)
        if job.status is JobStatus.STARTED:
            threading.Thread(target=self._run, args=(task, data, job), daemon=True).start()
        elif task.ttl_s is not None:
            self._end_later(replace(job, status=JobStatus.EXPIRED), in_s=task.ttl_s)
        return job.id

    def claim(self, claim: Claim) -> Submission | None:
        """Make the claim, or return what became of the request that has made it before.

        Raises IdempotencyKeyReused, IdempotencyKeyInUse.
        """
        with self._changed:
            first = self._claims.get(claim.key)
            if first and first.ends > time.monotonic():
                return claim.earlier(first.data)
            ends = time.monotonic() + claim.hold_s
            self._claims[claim.key] = _Stored(data=claim.held, ends=ends)
            return None

    def release(self, claim: Claim) -> None:
        """Give up a claim that has no job."""
        with self._changed:
            if self._holds(claim):
                del self._claims[claim.key]

    def wait(
        self, job_id: str, *, timeout_s: float, is_given_up: Callable[[], bool] = never
    ) -> JobState:
        """Return the job's state at its end, or as it is when time is up or nobody waits any more.

        Raises JobNotFound.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while not self.fetch(job_id).status.is_end and not is_given_up():
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(min(left_s, _ASK_AGAIN_S))
        return self.fetch(job_id)

    def wait_for_change(self, known: JobState, *, timeout_s: float) -> JobState:
        """Return the job's state once it is another than the one that is known, or time is up.

        Raises JobNotFound.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.fetch(known.id) != known, timeout_s)
        return self.fetch(known.id)

    def cancel(self, job_id: str) -> JobState:
        """Cancel the job and return its state then; raises JobNotFound."""
        self._end(replace(self.fetch(job_id), status=JobStatus.CANCELED))
        return self.fetch(job_id)

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound."""
        try:
            return self._states[job_id]
        except KeyError:
            raise JobNotFound from None

    def fetch_group(self, group_id: str) -> dict[int, JobState]:
        """Return the states of a group's jobs by their lines, in order."""
        group = self._groups.get(group_id, {})
        return {line: self.fetch(group[line]) for line in sorted(group)}

    def predicted_wait_s(self, queue: str) -> float:  # noqa: ARG002
        """Return 0: jobs start at once or never."""
        return 0.0

    def ping(self) -> None:
        """Return: the queue is always within reach."""

    def look(self, queues: Sequence[str]) -> Overview:
        """Return how these queues are doing now; this process is the worker of those it serves."""
        with self._changed:
            jobs = [self._states[id_] for id_, queue in self._queues.items() if queue in queues]
            states = tuple(map(self._queue_state, queues))
        return Overview(
            queues=states,
            failures=tuple(self._failure(job) for job in reversed(jobs) if job.status in _FAILED),
            workers=int(any(state.workers for state in states)),
        )

    def _queue_state(self, name: str) -> QueueState:
        jobs = [self._states[id_] for id_, queue in self._queues.items() if queue == name]
        waiting = [job for job in jobs if job.status is JobStatus.QUEUED]
        since = [datetime.now(UTC) - self._moments[job.id] for job in waiting[:1]]
        return QueueState(
            name=name,
            queued=len(waiting),
            started=sum(job.status is JobStatus.STARTED for job in jobs),
            workers=int(name not in self._unserved),
            wait_s=since[0].total_seconds() if since else None,
        )

    def _failure(self, job: JobState) -> Failure:
        return Failure(
            job_id=job.id,
            task=job.task,
            caller=job.caller,
            ended_at=self._moments[job.id],
            reason=job.status.value,
        )

    def _holds(self, claim: Claim) -> bool:
        first = self._claims.get(claim.key)
        return first is not None and first.data == claim.held and first.ends > time.monotonic()

    def _settle(self, claim: Claim, job_id: str) -> None:
        if not self._holds(claim):
            raise IdempotencyKeyInUse
        self._claims[claim.key] = _Stored(data=claim.settled(job_id), ends=math.inf)

    def _run(self, task: Task, data: bytes, job: JobState) -> None:
        overrun = replace(job, status=JobStatus.TIMED_OUT)
        timer = self._end_later(overrun, in_s=task.timeout_s or self._job_timeout_s)
        listener = Listener(job_id=job.id, tell=lambda report: self._advance(job.id, report))
        try:
            with listening(listener):
                result = Serializer.loads(Serializer.dumps(task.function(Serializer.loads(data))))
        except BaseException:  # noqa: BLE001 - the boundary of the worker
            self._end(replace(job, status=JobStatus.FAILED))
        else:
            self._end(replace(job, status=JobStatus.FINISHED, result=result))
        timer.cancel()

    def _advance(self, job_id: str, report: Progress) -> None:
        with self._changed:
            self._states[job_id] = replace(self._states[job_id], progress=report)
            self._changed.notify_all()

    def _end_later(self, job: JobState, *, in_s: float) -> threading.Timer:
        timer = threading.Timer(in_s, self._end, [job])
        timer.daemon = True
        timer.start()
        return timer

    def _end(self, job: JobState) -> None:
        """Keep the first end that a job comes to."""
        with self._changed:
            if not self._states[job.id].status.is_end:
                self._states[job.id] = replace(job, progress=self._states[job.id].progress)
                self._moments[job.id] = datetime.now(UTC)
                self._changed.notify_all()
