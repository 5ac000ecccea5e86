"""What goes wrong with Redis, in the words of the queue. Knows nothing of what is done there."""

import redis

from tasks.errors import IdempotencyKeyInUse, QueueUnavailable


class _Reachable:
    """Turns what goes wrong with Redis into QueueUnavailable, a lost claim into what it means."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, redis.WatchError):
            raise IdempotencyKeyInUse from None
        if isinstance(error, redis.RedisError):
            raise QueueUnavailable from error


REACHABLE = _Reachable()
