"""What each of these gateways does beside its queue: the token, the search, the lines of the log.

Imports little, because the stock RQ worker imports it anew for each job.
"""

import hashlib
import hmac
import logging
import os

import redis

from benchmarks.peers.regexes import detect

WAIT_S = 30


def is_known(authorization: str) -> bool:
    """Whether the value of a request's ``Authorization`` holds the token, in constant time."""
    scheme, _, token = authorization.partition(" ")
    given = hashlib.sha256(token.encode()).hexdigest()
    known = os.environ["BENCH_TOKEN_SHA256"]
    return hmac.compare_digest(given, known) and scheme.lower() == "bearer"


def kinds_in(text: str) -> list[str]:
    """Return the kinds of personal data in a text, by the two regular expressions."""
    return sorted({kind for kind, _, _ in detect(text)})


def redis_client() -> redis.Redis:
    """Return a client with a connection for each thread that may wait, and for as long."""
    most = int(os.environ["WEB_THREADS"])
    return redis.Redis.from_url(
        os.environ["REDIS_URL"], max_connections=most, socket_timeout=2 * WAIT_S
    )


def log_to_file() -> logging.Logger:
    """Return the log; all processes append to one file."""
    log = logging.getLogger("bench")
    if not log.handlers:
        handler = logging.FileHandler(os.environ["BENCH_LOG"])
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
    return log
