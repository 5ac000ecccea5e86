"""What a job says of itself in the open, and what of it is sealed. Knows neither RQ nor Redis.

Whoever can write to Redis can change an envelope; its sealed parts open under the true one alone.
"""

from dataclasses import dataclass
from typing import Any

from alerting.finding import JsonValue
from tasks.errors import NotJson, SealBroken
from tasks.job_state import JobState, JobStatus
from tasks.sealing import KeyRing, Sealed
from tasks.serializer import Serializer


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The id of a job, its task's name, on whose behalf it runs, and until when it may start."""

    job_id: str
    task: str | None
    caller: str | None
    request_id: str | None
    deadline: str | None

    @classmethod
    def of(cls, job_id: str, meta: object) -> "Envelope":
        """Return the envelope of a job with this meta, which may be anything."""
        told = meta if isinstance(meta, dict) else {}
        return cls(
            job_id=job_id,
            task=_text(told.get("task")),
            caller=_text(told.get("caller")),
            request_id=_text(told.get("request_id")),
            deadline=_text(told.get("deadline")),
        )

    def seal_call(self, call: bytes, *, origin: str, keys: KeyRing) -> Sealed:
        """Return the call sealed: dotted path and payload, for this job on this queue."""
        return keys.seal(call, ("call", origin, *self._words))

    def open_call(self, sealed: bytes, *, origin: str, keys: KeyRing) -> Any:
        """Return the call; raises SealBroken, UnknownSealKey."""
        return Serializer.loads(keys.open(sealed, ("call", origin, *self._words)))

    def seal_result(self, result: JsonValue, *, keys: KeyRing) -> Sealed:
        """Return the job's result sealed; raises NotJson."""
        return self.seal_written(Serializer.dumps(result), keys=keys)

    def seal_written(self, result: bytes, *, keys: KeyRing) -> Sealed:
        """Return the job's result sealed, which the serializer has written."""
        return keys.seal(result, ("result", *self._words))

    def open_result(self, sealed: object, *, keys: KeyRing) -> JsonValue:
        """Return the result; raises SealBroken, UnknownSealKey."""
        if not isinstance(sealed, Sealed):
            raise SealBroken
        try:
            value: JsonValue = Serializer.loads(keys.open(sealed, ("result", *self._words)))
        except NotJson:
            raise SealBroken from None
        return value

    @property
    def meta(self) -> dict[str, str | None]:
        """The meta that says the same."""
        return {
            "caller": self.caller,
            "request_id": self.request_id,
            "task": self.task,
            "deadline": self.deadline,
        }

    def state(self, status: JobStatus, result: JsonValue = None) -> JobState:
        """Return the job's state with this status and, once it has finished, its result."""
        return JobState(
            id=self.job_id,
            task=self.task or "",
            caller=self.caller or "",
            request_id=self.request_id or "",
            status=status,
            result=result,
            deadline=self.deadline,
        )

    @property
    def _words(self) -> tuple[str | None, ...]:
        return self.job_id, self.task, self.caller, self.request_id, self.deadline


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
