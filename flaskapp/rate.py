"""How many payloads a caller may send in a while: Flask-Limiter, told what to count and for whom.

Counts are in Redis, where all processes see them. While that is out of reach, each process counts
by itself, and the queue says what is wrong. Without a limit nothing is counted at all.
"""

import logging
import math
import time
from collections.abc import Callable

import redis
from flask import Flask, g
from flask_limiter import Limiter, RateLimitExceeded, RequestLimit
from limits import parse_many

from alerting.fibers import aside
from flaskapp.auth import caller
from flaskapp.problems import Problem
from flaskapp.settings import WebSettings
from tasks.connection import connect
from tasks.errors import QueueUnavailable
from tasks.keyspace import LIMITS_PREFIX

Count = Callable[[int], None]
"""Counts a caller's payloads; raises the problem `rate-limited`, QueueUnavailable."""


def register(app: Flask, settings: WebSettings) -> Count:
    """Return what counts the payloads of the current caller."""
    if settings.rate_limit is None:
        return lambda _payloads: None
    # So that a batch can pass that is longer than the limit.
    most = min(one.amount for one in parse_many(settings.rate_limit))
    limiter = _limiter(app, settings)
    hit = limiter.shared_limit(settings.rate_limit, "payloads", cost=lambda: min(g.payloads, most))(
        _counted
    )

    def count(payloads: int) -> None:
        g.payloads = payloads
        try:
            aside(hit)
        except RateLimitExceeded:
            raise _problem(limiter) from None
        except redis.RedisError as error:
            raise QueueUnavailable from error

    return count


def _limiter(app: Flask, settings: WebSettings) -> Limiter:
    """Return the extension on our own kind of client, which knows every kind of address."""
    limiter = Limiter(
        lambda: caller().name,
        app=app,
        # A window that begins and ends at once tells exactly when to come again.
        strategy="fixed-window",
        storage_uri="redis://",
        storage_options={
            "connection_pool": connect(settings).connection_pool,  # type: ignore[dict-item] # passed on
            "key_prefix": LIMITS_PREFIX,
        },
        in_memory_fallback_enabled=True,
    )
    limiter.logger.setLevel(logging.WARNING)  # The request's own line says that it was refused.
    return limiter


def _counted() -> None:
    """Return: all is in the limit on it."""


def _problem(limiter: Limiter) -> Problem:
    """Return the problem, with the limit that was reached and when it ends."""
    reached = limiter.current_limit
    headers = _headers(reached) if reached else {}
    return Problem("rate-limited", headers=headers)


def _headers(reached: RequestLimit) -> dict[str, str]:
    ends_at, left = reached.window
    return {
        "Retry-After": str(max(1, math.ceil(ends_at - time.time()))),
        "X-RateLimit-Limit": str(reached.limit.amount),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(math.ceil(ends_at)),
    }
