"""What is told of a job that has ended: its id, and with it a result that is small.

Who waits for the job needs no other look at Redis then. Knows neither RQ nor Redis.
"""

from dataclasses import dataclass

from tasks.envelope import Envelope
from tasks.errors import NotJson, SealBroken
from tasks.job_state import JobState, JobStatus
from tasks.sealing import KeyRing, Sealed
from tasks.serializer import Serializer

WAITER_FIELD = "waiter"
"""Where it is stored which process has submitted a job, and is told its end."""

_MOST_BYTES = 8192
"""A larger result is left to be read: what is told is kept until somebody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """The end of a job; of one that finished, maybe its meta and its result as they are stored."""

    job_id: str
    meta: bytes = b""
    result: bytes = b""

    @classmethod
    def of_result(cls, envelope: Envelope, sealed: Sealed) -> "Announcement":
        """Return the announcement of a job that finished with this result."""
        if len(sealed) > _MOST_BYTES:
            return cls(job_id=envelope.job_id)
        return cls(job_id=envelope.job_id, meta=Serializer.dumps(envelope.meta), result=sealed)

    @classmethod
    def read(cls, told: bytes) -> "Announcement":
        """Return what was told, which may be anything."""
        job_id, _, rest = told.partition(b"\n")
        meta, _, result = rest.partition(b"\n")
        return cls(job_id=job_id.decode(errors="replace"), meta=meta, result=result)

    def written(self) -> bytes:
        """Return it as it is told; meta, which is JSON on one line, holds no line break."""
        told = self.job_id.encode()
        return b"\n".join((told, self.meta, self.result)) if self.result else told

    def state(self, *, keys: KeyRing) -> JobState | None:
        """Return the state of the job that finished, or None where that has to be looked up.

        Nobody but who has the keys can make another state of it: the result opens for its own
        job, task, caller and request alone.
        """
        if not self.result:
            return None
        try:
            envelope = Envelope.of(self.job_id, Serializer.loads(self.meta))
            result = envelope.open_result(Serializer.loads(self.result), keys=keys)
        except (NotJson, SealBroken):
            return None
        return envelope.state(JobStatus.FINISHED, result)
