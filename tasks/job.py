"""The job class of queue and workers: RQ's own, safe to run and heard when it ends.

Small overrides of RQ's hooks; what is stored stays in RQ's layout, its call and result sealed.
Knows nothing of waiting.
"""

import sys
from typing import Any, ClassVar, Self

import rq.job
from redis.client import Pipeline
from rq.exceptions import TimeoutFormatError

from tasks.announcement import WAITER_FIELD, Announcement
from tasks.deadline import is_past
from tasks.envelope import Envelope
from tasks.errors import DeadlinePassed, NotJson, SealBroken, TaskFailed, UnknownTask
from tasks.failure import describe
from tasks.job_progress import has_told
from tasks.keyspace import ENDED_CHANNEL, ended_channel
from tasks.packed import PackedJob
from tasks.payload_keys import process_keys
from tasks.preloading import preload_before_forks
from tasks.registry import TaskFunction, discover
from tasks.sealing import KeyRing, Sealed
from tasks.serializer import Serializer
from tasks.settings import process_settings

# Not every exception: a signal that asks the worker to stop comes as one too.
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TimeoutFormatError,
    TypeError,
    ValueError,
)


class Job(PackedJob):
    """A job that runs registered tasks only, keeps no value in its failure and tells its end."""

    keys: ClassVar[KeyRing | None] = None
    """What seals and opens jobs of this class; without it, the keys of the process."""

    failure: str | None = None
    """Why the job failed, as it was stored by this process."""

    waiter: str = ""
    """Who has submitted the job, to be told its end; anybody's text."""

    _returned: tuple[Any, bytes] | None = None
    """What the task has returned, and as it was written then."""

    is_forged: bool = False
    """Whether this process found that the call was not sealed for this job."""

    @classmethod
    def sealed_by(cls, keys: KeyRing) -> type[Self]:
        """Return the class of jobs that these keys seal and open."""
        return type(cls.__name__, (cls,), {"keys": keys})

    @property
    def data(self) -> bytes:
        """The call as it is stored: sealed if it was made here, and otherwise as it was found.

        What was found is never sealed again: that would make a forgery genuine.
        """
        if self._data is not rq.job.UNEVALUATED:
            return super().data
        keys = self._keys
        self._data = self._envelope.seal_call(super().data, origin=self.origin, keys=keys)
        return self._data

    @data.setter
    def data(self, value: bytes) -> None:
        rq.job.Job.data.fset(self, value)  # type: ignore[attr-defined] # a property's setter

    @property
    def func(self) -> TaskFunction:
        """The registered task's function; no name is ever imported. Raises UnknownTask."""
        if self.instance is not None or not isinstance(self.func_name, str):
            raise UnknownTask
        return discover().at(self.func_name).function

    @property
    def should_retry(self) -> bool:
        """Whether a failure leads to another try, as none does after a forgery or too late."""
        return super().should_retry and not self.is_forged and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the job must not start any more."""
        return is_past(self._envelope.deadline)

    def restore(self, raw_data: Any) -> None:
        """Read the job without callbacks and webhooks: they too name functions and addresses.

        Fields that RQ cannot read make the job a forgery, which fails, and no failed worker.
        """
        preload_before_forks()
        try:
            super().restore(raw_data)
        except _UNREADABLE:
            super().restore({b"data": b"", b"origin": raw_data.get(b"origin", b"")})
        self.waiter = str(raw_data.get(WAITER_FIELD.encode(), b""), "ascii", "replace")
        meta: object = self.meta
        self.meta = meta if isinstance(meta, dict) else {}
        self._success_callback_name = None
        self._failure_callback_name = None
        self._stopped_callback_name = None
        self.webhooks = []

    def return_value(self, refresh: bool = False) -> Any:
        """Return the result, opened; None without one. Raises SealBroken."""
        sealed = super().return_value(refresh)
        return None if sealed is None else self._envelope.open_result(sealed, keys=self._keys)

    def get_result_ttl(self, default_ttl: int) -> int:
        """Return how long the result is kept, which is never for ever."""
        return _bounded(super().get_result_ttl(default_ttl), process_settings().result_ttl)

    def sealed_result(self) -> Sealed:
        """Return what the task has returned, sealed for this job; raises NotJson."""
        if self._returned and self._returned[0] is self._result:
            return self._envelope.seal_written(self._returned[1], keys=self._keys)
        return self._envelope.seal_result(self._result, keys=self._keys)

    def told_of_end(self, sealed: Sealed | None) -> list[tuple[str, bytes]]:
        """Return what is told of the end, and where; whoever submitted the job gets the result.

        Who reads a job's progress has to look it up anyway.
        """
        end = Announcement(job_id=self.id)
        told = [(ENDED_CHANNEL, end.written())]
        if self.waiter:
            if sealed and not has_told(self.id):
                end = Announcement.of_result(self._envelope, sealed)
            told.append((ended_channel(self.waiter), end.written()))
        return told

    def set_status(self, status: rq.job.JobStatus, pipeline: Pipeline | None = None) -> None:
        """Set the status; what RQ schedules is stored with its status, and with the rest alone.

        RQ stores that at once as well, whether the rest will be stored or refused.
        """
        if status is rq.job.JobStatus.SCHEDULED and pipeline is None:
            self._status = status
        else:
            super().set_status(status, pipeline)

    def cancel(
        self,
        pipeline: Pipeline | None = None,
        enqueue_dependents: bool = False,
        remove_from_dependencies: bool = False,
    ) -> dict[str, list[str]]:
        """Cancel the job and tell its end."""
        moved = super().cancel(pipeline, enqueue_dependents, remove_from_dependencies)
        self._tell_end(pipeline)
        return moved

    def delete(
        self,
        pipeline: Pipeline | None = None,
        remove_from_queue: bool = True,
        delete_dependents: bool = False,
    ) -> None:
        """Delete the job and tell its end."""
        super().delete(pipeline, remove_from_queue, delete_dependents)
        self._tell_end(pipeline)

    def _deserialize_data(self) -> None:
        """Open the call; raises SealBroken before anything of a forged one is looked at."""
        try:
            call = self._envelope.open_call(self.data, origin=self.origin, keys=self._keys)
            self._func_name, self._instance, self._args, self._kwargs = call
        except (SealBroken, NotJson, TypeError, ValueError):
            self.is_forged = True
            raise

    def _execute(self) -> Any:
        """Run the task; raises TaskFailed alone, so that nobody downstream can quote a value."""
        try:
            self._check_deadline()
            result = super()._execute()
            if not isinstance(result, rq.job.Retry):
                # RQ would store what is not JSON as a success.
                self._returned = result, Serializer.dumps(result)
        except BaseException as error:  # noqa: BLE001 - the boundary of the worker
            failure = describe(error)
        else:
            return result
        raise TaskFailed(failure)

    def _check_deadline(self) -> None:
        """Return when the job may start; raises DeadlinePassed.

        That it is started has been stored before this looks at the clock: see tasks/deadline.py.
        """
        if self.is_late:
            raise DeadlinePassed

    def _handle_success(
        self, result_ttl: int, pipeline: Pipeline, *args: Any, **kwargs: Any
    ) -> None:
        """Store the result sealed, None too: RQ stores nothing then, and nothing proves nothing."""
        result = self._result
        self._result = sealed = self.sealed_result()
        try:
            super()._handle_success(result_ttl, pipeline, *args, **kwargs)
        finally:
            self._result = result
        self._tell_end(pipeline, sealed)

    def _handle_failure(
        self, exc_string: str, pipeline: Pipeline, *args: Any, **kwargs: Any
    ) -> None:
        """Store why the job failed; RQ's text of an exception holds its message."""
        self.failure_ttl = _bounded(self.failure_ttl, process_settings().failure_ttl)
        error = sys.exception()
        self.failure = _failure_of(error) if error else exc_string
        super()._handle_failure(self.failure, pipeline, *args, **kwargs)
        self._tell_end(pipeline)

    @property
    def _envelope(self) -> Envelope:
        return Envelope.of(self.id, self.meta)

    @property
    def _keys(self) -> KeyRing:
        return self.keys or process_keys()

    def _tell_end(self, pipeline: Pipeline | None, sealed: Sealed | None = None) -> None:
        """Tell the end."""
        client = self.connection if pipeline is None else pipeline
        for channel, told in self.told_of_end(sealed):
            client.publish(channel, told)


def _bounded(ttl_s: int | None, longest_s: int) -> int:
    """Return a time to live; RQ takes a negative one for ever, and none for up to a year."""
    return longest_s if ttl_s is None or ttl_s < 0 else ttl_s


def _failure_of(error: BaseException) -> str:
    return str(error) if isinstance(error, TaskFailed) else describe(error)
