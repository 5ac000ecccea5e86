"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): one job for one key.

Knows the header and what a key stands for; what becomes of it lives in the queue.
"""

import json
import re
import time

from flask import Request

from alerting.finding import JsonValue
from alerting.hmac_sha256 import hmac_sha256
from flaskapp.problems import Problem
from tasks.claim import Claim, Submission
from tasks.errors import IdempotencyKeyInUse
from tasks.ports import JobQueue
from tasks.registry import Task

HEADER = "Idempotency-Key"

# The draft's string of RFC 9651, or, as most clients send it, one word without quotes; a comma or
# semicolon outside of them would make it a list or a parameter.
_KEY = re.compile(r'"(?P<quoted>(?:[ !#-\[\]-~]|\\["\\])+)"|(?P<bare>[!#-+\--:=?-\[\]-~]+)')
_LONGEST_KEY = 255
# Somewhat more than a claim without a job lasts.
_PATIENCE_S = 12.0
_LOOK_AGAIN_S = 0.05


class Fingerprints:
    """Digests under the installation's key: without it nobody can try what they may be made of."""

    def __init__(self, secret: str) -> None:
        self._key = hmac_sha256(secret.encode(), b"piigate idempotency")

    def claim(self, key: str, *, caller: str, task: Task, payload: JsonValue) -> Claim:
        """Return the claim of a caller's request on its key."""
        return Claim(
            key=self._of(json.dumps([caller, key]).encode()),
            request=self._of(json.dumps([task.name, task.queue, payload]).encode()),
        )

    def group_id(self, key: str, *, caller: str) -> str:
        """Return the group of a batch that was sent under the key, the same whenever it comes."""
        return self._of(json.dumps(["group", caller, key]).encode())[:32]

    def _of(self, what: bytes) -> str:
        return hmac_sha256(self._key, what).hex()


def given_key(request: Request) -> str | None:
    """Return the key that a request has; raises Problem when it is malformed or overlong."""
    header = request.headers.get(HEADER)
    if header is None:
        return None
    match = _KEY.fullmatch(header)
    key = match and (match["quoted"] or match["bare"])
    if not key or len(key) > _LONGEST_KEY:
        raise Problem("invalid-idempotency-key")
    return re.sub(r"\\(.)", r"\1", key) if match and match["quoted"] else key


def earlier(queue: JobQueue, claim: Claim) -> Submission | None:
    """Make the claim, or return what became of the request that made it first.

    Where that request is still under way, its job is waited for. Raises IdempotencyKeyReused,
    QueueUnavailable, and IdempotencyKeyInUse when the wait was in vain.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return queue.claim(claim)
        except IdempotencyKeyInUse:
            if time.monotonic() > deadline:
                raise
        time.sleep(_LOOK_AGAIN_S)
