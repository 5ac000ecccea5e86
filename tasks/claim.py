"""Claims on a submission: what makes one job of a request that is sent more than once.

A claim knows digests alone, neither keys nor payloads, and no Redis.
"""

import json
import secrets
from dataclasses import dataclass, field

from tasks.errors import IdempotencyKeyInUse, IdempotencyKeyReused


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What became of a payload that was accepted."""

    job_id: str
    alert_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request's claim on its key, under digests that tell nothing of what they are made of.

    ``request`` stands for all that must be the same when the key comes again. Without a job, the
    claim ends after ``hold_s`` seconds: whoever made it may be gone.
    """

    key: str
    request: str
    alert_id: str | None = None
    hold_s: float = 10
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def held(self) -> bytes:
        """What is stored while there is no job yet."""
        return json.dumps({"request": self.request, "owner": self.owner}).encode()

    def settled(self, job_id: str) -> bytes:
        """Return what is stored once there is a job."""
        return json.dumps(
            {"request": self.request, "job_id": job_id, "alert_id": self.alert_id}
        ).encode()

    def earlier(self, stored: bytes) -> Submission:
        """Return what became of the request that has the key.

        Raises IdempotencyKeyReused, IdempotencyKeyInUse.
        """
        first = json.loads(stored)
        if first["request"] != self.request:
            raise IdempotencyKeyReused
        if "job_id" not in first:
            raise IdempotencyKeyInUse
        return Submission(job_id=first["job_id"], alert_id=first["alert_id"])
