"""Clients of Redis, made from its address. Knows nothing of what is stored there."""

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from tasks.errors import UnsupportedRedisUrl
from tasks.settings import TasksSettings

_SENTINEL_HOST = re.compile(r"(?P<host>\[[^\]]+\]|[^:,]+)(?::(?P<port>\d+))?")
_SENTINEL_PORT = 26379
MOST_CONNECTIONS = 32
"""A command takes a fraction of a millisecond: more threads than these wait for one another."""


class _BoundedSentinelPool(SentinelConnectionPool, redis.BlockingConnectionPool):
    """Finds the primary as the one does, and makes threads wait as the other does."""


def connect(settings: TasksSettings) -> redis.Redis:
    """Return a client that connects when first used, in whichever process uses it.

    A connection that went stale is replaced before it is used; a command whose answer was lost is
    not sent again, since it may have run, and a job would run twice. Raises UnsupportedRedisUrl.
    """
    url = settings.redis_url.get_secret_value()
    limits: dict[str, Any] = {
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "retry": Retry(NoBackoff(), 0),
    }
    options = limits | {
        "health_check_interval": 15,
        "max_connections": MOST_CONNECTIONS,
        "timeout": limits["socket_timeout"],
    }
    if url.startswith("sentinel://"):
        address = sentinel_address(url)
        sentinel = Sentinel(  # type: ignore[no-untyped-call] # redis-py leaves it untyped
            address.pop("INSTANCES"), sentinel_kwargs=limits
        )
        service = address.pop("MASTER_NAME")
        login = {name.lower(): value for name, value in address.items()}
        client: redis.Redis = sentinel.master_for(  # type: ignore[no-untyped-call]
            service, connection_pool_class=_BoundedSentinelPool, **login, **options
        )
        return client
    try:
        pool = redis.BlockingConnectionPool.from_url(url, **options)
    except ValueError:
        raise UnsupportedRedisUrl from None
    return redis.Redis.from_pool(pool)


def sentinel_address(url: str) -> dict[str, Any]:
    """Return what ``sentinel://[user:password@]host:port,…/service?db=0`` says, in RQ's words.

    ``?username=`` and ``?password=`` serve as well. Raises UnsupportedRedisUrl.
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    matches = [_SENTINEL_HOST.fullmatch(host) for host in hosts.split(",")]
    service = unquote(parts.path.strip("/"))
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    database = query.get("db", "0")
    if not service or not database.isdecimal() or None in matches:
        raise UnsupportedRedisUrl
    username, _, password = login.partition(":")
    return {
        "INSTANCES": [
            (match["host"].strip("[]"), int(match["port"] or _SENTINEL_PORT))
            for match in matches
            if match
        ],
        "MASTER_NAME": service,
        "DB": int(database),
        "USERNAME": unquote(username) or query.get("username"),
        "PASSWORD": unquote(password) or query.get("password"),
    }
