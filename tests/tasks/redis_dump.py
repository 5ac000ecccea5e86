"""All that a Redis server holds, for tests that look for what must not be there."""

from typing import Any

from redis import Redis


def dump(redis: Redis) -> dict[str, list[bytes]]:
    """Return every key with all texts in it: fields, members and values, of whatever type."""
    return {name.decode(): _texts(redis, name) for name in redis.scan_iter()}


def _texts(redis: Redis, name: bytes) -> list[bytes]:
    kind = redis.type(name)
    read: Any
    match kind:
        case b"string":
            read = redis.get(name)
        case b"hash":
            read = redis.hgetall(name)
        case b"list":
            read = redis.lrange(name, 0, -1)
        case b"set":
            read = redis.smembers(name)
        case b"zset":
            read = redis.zrange(name, 0, -1)
        case b"stream":
            read = redis.xrange(name)
        case b"none":
            read = None  # It expired meanwhile.
        case _:
            raise AssertionError(kind)
    return list(_flat(read))


def _flat(value: Any) -> Any:
    """Yield the bytes in a value of nested containers."""
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _flat(pair)
    elif isinstance(value, list | tuple | set):
        for one in value:
            yield from _flat(one)
