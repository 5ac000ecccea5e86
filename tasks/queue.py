"""The job queue on RQ and Redis. Knows no HTTP and runs no task."""

import re
import time
from collections.abc import Callable, Sequence
from functools import partial

import redis

from alerting.fibers import aside
from alerting.finding import JsonValue
from alerting.ids import new_job_id
from tasks import alert_list, cancellation, claims, group, transaction
from tasks.alert_entry import AlertEntry
from tasks.alert_handler import AlertHandler
from tasks.claim import Claim, Submission
from tasks.connection import connect
from tasks.deadline import deadline_in
from tasks.endings import Endings
from tasks.envelope import Envelope
from tasks.errors import JobNotFound, NotSubmitted
from tasks.forecast import Forecast
from tasks.group import Place
from tasks.job_form import JobForms
from tasks.job_state import JobState
from tasks.line import Line
from tasks.payload_keys import open_keys
from tasks.per_process import PerProcess
from tasks.ports import never
from tasks.reachable import REACHABLE
from tasks.registry import Task
from tasks.settings import TasksSettings
from tasks.stored import Stored, ask
from tasks.subscription import News
from tasks.transaction import Command
from tasks.waiting import look

# How long a running job is given to stop, and how often its worker is told.
_STOP_WITHIN_S = 2.0
_STOP_AGAIN_S = 0.2
_JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def open_queue(settings: TasksSettings) -> "RedisQueue":
    """Return the queue that the settings name; nothing connects before it is used.

    Raises InvalidSettings when there are no keys to seal with.
    """
    return RedisQueue(settings)


class RedisQueue:
    """Jobs in RQ's layout; keeps :class:`tasks.ports.JobQueue`."""

    def __init__(self, settings: TasksSettings) -> None:
        self._settings = settings
        self._redis = connect(settings)
        self._keys = open_keys(settings)
        self._forecast = Forecast(self._redis)
        self._forms = JobForms(settings, self._redis, keys=self._keys)
        self._alert_handler = AlertHandler(settings, self._redis, keys=self._keys)
        self._endings = Endings(partial(connect, settings))
        self._line = PerProcess(partial(Line, partial(connect, settings)))

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
        is_awaited: bool = False,
    ) -> str:
        """Enqueue a job in one round trip and return its id; a claim takes two more.

        One that is to be awaited next is sent, and its answer left to who waits. Raises
        QueueUnavailable, NotJson, and IdempotencyKeyInUse when the claim was lost.
        """
        envelope = Envelope(
            job_id=alert.job_id if alert else new_job_id(),
            task=task.name,
            caller=caller,
            request_id=request_id,
            deadline=deadline_in(self._forms.queued_s(task)),
        )
        commands = self._forms.commands(
            task, payload, envelope=envelope, place=place, waiter=self._endings.waiter
        )
        news = self._endings.expect(envelope.job_id)
        handling = self._alert_handler.due() if alert else None
        if alert:
            commands.append(alert_list.put(alert.entry))
        if handling:
            commands.append(handling.command)
        with REACHABLE:
            if is_awaited and not claim and not handling and self._sent(commands, news):
                return envelope.job_id
            if claim:
                ttl_s = self._settings.idempotency_ttl
                results = claims.run_if_held(
                    self._redis, claim, commands, job_id=envelope.job_id, ttl_s=ttl_s
                )
            else:
                results = aside(partial(transaction.run, self._redis, commands))
        if handling:
            self._alert_handler.sent(handling, is_enqueued=bool(results[-1]))
        return envelope.job_id

    def claim(self, claim: Claim) -> Submission | None:
        """Make the claim, or return what became of the request that has made it before.

        Raises IdempotencyKeyReused, IdempotencyKeyInUse, QueueUnavailable.
        """
        with REACHABLE:
            return claims.make(self._redis, claim)

    def release(self, claim: Claim) -> None:
        """Give up a claim that has no job; raises QueueUnavailable."""
        with REACHABLE:
            claims.release(self._redis, claim)

    def wait(
        self, job_id: str, *, timeout_s: float, is_given_up: Callable[[], bool] = never
    ) -> JobState:
        """Return the job's state at its end, or as it is when time is up or nobody waits any more.

        Redis may come and go meanwhile. Raises JobNotFound when the job does not exist or
        vanishes, QueueUnavailable when Redis is out of reach at the end of the wait, NotSubmitted
        when Redis has not confirmed that it has the job.
        """
        return self._look(
            job_id,
            until=lambda state: state.status.is_end,
            timeout_s=timeout_s,
            is_given_up=is_given_up,
        )

    def wait_for_change(self, known: JobState, *, timeout_s: float) -> JobState:
        """Return the job's state once it is another than the one that is known, or time is up.

        Raises JobNotFound, QueueUnavailable, as :meth:`wait` does.
        """
        return self._look(
            known.id,
            progress=True,
            until=lambda state: state != known,
            timeout_s=timeout_s,
        )

    def cancel(self, job_id: str) -> JobState:
        """Cancel a queued job or stop a running one, and return its state then.

        Raises JobNotFound, QueueUnavailable.
        """
        deadline = time.monotonic() + _STOP_WITHIN_S
        state = self.fetch(job_id)
        while not state.status.is_end and time.monotonic() < deadline:
            with REACHABLE:
                cancellation.cancel(self._redis, job_id, keep_s=self._settings.failure_ttl)
            state = self.wait(job_id, timeout_s=_STOP_AGAIN_S)
        return state

    def fetch(self, job_id: str) -> JobState:
        """Return the job's state now; raises JobNotFound, QueueUnavailable."""
        if not _JOB_ID.fullmatch(job_id):
            raise JobNotFound
        (state,) = self._states([job_id]).values()
        if state is None:
            raise JobNotFound
        return state

    def fetch_group(self, group_id: str) -> dict[int, JobState]:
        """Return the states of a group's jobs by their lines, in order, of those that are kept.

        Raises QueueUnavailable.
        """
        with REACHABLE:
            jobs = group.jobs_by_line(self._redis, group_id)
        states = self._states(list(jobs.values()))
        return {line: state for line, job_id in jobs.items() if (state := states[job_id])}

    def predicted_wait_s(self, queue: str) -> float:
        """Return how long a job would be queued, as :class:`tasks.forecast.Forecast` says.

        Raises QueueUnavailable.
        """
        with REACHABLE:
            return self._forecast.wait_s(queue)

    def ping(self) -> None:
        """Return when Redis answers; raises QueueUnavailable."""
        with REACHABLE:
            self._redis.ping()

    def _states(self, job_ids: Sequence[str]) -> dict[str, JobState | None]:
        """Return the jobs' states in one round trip, None for one that is not there."""
        with REACHABLE, self._redis.pipeline(transaction=False) as pipeline:
            for job_id in job_ids:
                ask(pipeline, job_id)
            answers = iter(pipeline.execute())
        return {job_id: self._state(job_id, next(answers), next(answers)) for job_id in job_ids}

    def _state(self, job_id: str, *answers: object) -> JobState | None:
        try:
            return Stored.of(job_id, *answers).state(keys=self._keys, connection=self._redis)
        except JobNotFound:
            return None

    def _sent(self, commands: Sequence[Command], news: News) -> bool:
        """Send the commands, and leave it to who waits for the news to look what became of them."""
        receipt = self._line.get().send(commands, on_failure=news.tell)
        if receipt:
            news.confirm = receipt.confirm
        return receipt is not None

    def _look(
        self,
        job_id: str,
        *,
        until: Callable[[JobState], bool],
        timeout_s: float,
        progress: bool = False,
        is_given_up: Callable[[], bool] = never,
    ) -> JobState:
        """Return the job's state when it is the one looked for, or the wait is over."""
        with self._endings.watch(job_id, progress=progress) as news:

            def fetch() -> JobState:
                try:
                    news.confirm()
                except redis.RedisError as error:
                    raise NotSubmitted from error
                return self.fetch(job_id)

            return look(
                fetch,
                news,
                keys=self._keys,
                until=until,
                timeout_s=timeout_s,
                is_given_up=is_given_up,
            )
