"""A Redis client whose transactions and scripts cost few round trips. Knows no jobs."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from typing import Any

import redis
from redis.client import Pipeline

from tasks.pipeline import Batch, Fence, Recording, WatchingPipeline
from tasks.script import Call, checked, nothing, read, write


class Client(redis.Redis):
    """A client that hands out pipelines and runs scripts."""

    _next_batches: dict[int, Batch] | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take redis-py's arguments."""
        super().__init__(*args, **options)
        self._kept = _Kept()

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a new pipeline: a batch for whoever has announced one."""
        announced = self._next_batches
        batch = announced.pop(get_ident(), None) if announced else None
        return batch or WatchingPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )

    def batch(self) -> Batch:
        """Return a new batch."""
        return Batch(self.connection_pool, self.response_callbacks, True, None)  # noqa: FBT003

    def announce(
        self, *, fence: Fence | None = None, absent: Any = None, behind: Call | None = None
    ) -> Batch:
        """Let this thread's next pipeline be a batch, and return that.

        It is run while the ``fence`` stands, and takes the key ``absent`` to be so. A call that is
        to go ``behind`` it is sent with it, whether it runs or not.
        """
        batch = self.batch()
        batch.fence, batch.absent, batch.behind = fence, absent, behind
        self.hand_out(batch)
        return batch

    def recording(self) -> Recording:
        """Return a new recording."""
        return Recording(self.connection_pool, self.response_callbacks, True, None)  # noqa: FBT003

    def hand_out(self, batch: Batch) -> None:
        """Let this thread's next pipeline be this one."""
        self._next_batches = {get_ident(): batch}

    def call(
        self,
        call: Call | Callable[[], Call],
        *,
        ahead: Call | None = None,
        meanwhile: Callable[[], None] = nothing,
    ) -> Any:
        """Run a script and return its answer; raises RedisError.

        What goes ``ahead`` is sent before the call is made, which takes its time; its answer may be
        an error. What is to be done ``meanwhile``, while Redis works, is done again with each try.
        """
        connection = self._kept.connection_of(self.connection_pool)
        before = (ahead,) if ahead else ()
        try:
            is_ahead = ahead is not None and _is_sent(connection, ahead)
            made = call if isinstance(call, Call) else call()

            def run() -> None:
                nonlocal is_ahead
                was_ahead, is_ahead = is_ahead, False
                unsent = (made,) if was_ahead else (*before, made)
                # A check of the connection would read the answer to what is ahead.
                write(connection, *unsent, check_health=not was_ahead)
                meanwhile()
                read(connection, *before, made)

            connection.retry.call_with_retry(run, lambda _: connection.disconnect())
        except BaseException:  # It may be that an answer is still to come.
            connection.disconnect()
            raise
        return checked(made)


class _Kept(threading.local):
    """The connection that a thread keeps for its calls; the pool looks at each it hands out."""

    _process = 0
    _connection: Any = None

    def connection_of(self, pool: Any) -> Any:
        if self._process != os.getpid():
            self._connection = pool.get_connection()
            self._process = os.getpid()
        return self._connection


def _is_sent(connection: Any, call: Call) -> bool:
    """Send a call if that goes at once; what keeps it from going is met again, with the next."""
    if not connection.is_connected:
        return False
    with suppress(redis.RedisError):
        write(connection, call, check_health=False)
        return True
    return False
