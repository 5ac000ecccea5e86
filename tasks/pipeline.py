"""A Redis client whose pipelines watch keys without a round trip of its own. Knows no jobs."""

from typing import Any, NamedTuple

import redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from tasks.errors import Superseded


class Fence(NamedTuple):
    """A member of a sorted set without which a transaction is refused.

    Whoever removes the member changes the key as well: a set that all share changes too often.
    """

    key: str
    registry: str
    member: str


class Client(redis.Redis):
    """A client that hands out :class:`WatchingPipeline`."""

    fence: Fence | None = None

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a new pipeline."""
        pipeline = WatchingPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )
        pipeline.fence = self.fence
        return pipeline


class WatchingPipeline(Pipeline):
    """A pipeline that sends WATCH together with the first read that follows it.

    With a fence, its transaction raises Superseded where the fence is gone.
    """

    fence: Fence | None = None
    _unsent: tuple[str, ...] = ()

    def watch(self, *names: Any) -> None:
        """Watch the keys from the next read on, and that of the fence."""
        self._unsent = (*names, self.fence.key) if self.fence else names
        self.watching = True

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send the transaction; look at the fence first if nothing was read before."""
        if not self.fence or self.watching:
            return super().execute(raise_on_error)
        commands = self.command_stack
        while True:
            self.watch()
            self.immediate_execute_command("EXISTS", self.fence.key)
            self.command_stack = commands
            try:
                return super().execute(raise_on_error)
            except WatchError:
                continue  # A sign of life changes the key as well.

    def reset(self) -> Any:
        """Forget what was watched."""
        self._unsent = ()
        return super().reset()

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command now, behind the WATCH that is due."""
        if not self._unsent or args[0] == "WATCH":
            return super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call] # as below
        connection: Any = self.connection or self.connection_pool.get_connection()
        self.connection = connection
        parse: Any = self.parse_response
        fence = [("ZSCORE", *self.fence[1:])] if self.fence else []
        commands = [("WATCH", *self._unsent), *fence, args]

        def send() -> Any:
            connection.send_packed_command(connection.pack_commands(commands))
            parse(connection, "WATCH")
            is_gone = bool(fence) and parse(connection, "ZSCORE") is None
            return is_gone, parse(connection, args[0], **options)

        is_gone, answer = connection.retry.call_with_retry(send, lambda _: connection.disconnect())
        self._unsent = ()
        if is_gone:
            raise Superseded
        return answer
