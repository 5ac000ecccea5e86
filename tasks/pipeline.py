"""A Redis client whose pipelines watch keys without a round trip of its own. Knows no jobs."""

from typing import Any

import redis
from redis.client import Pipeline


class Client(redis.Redis):
    """A client that hands out :class:`WatchingPipeline`."""

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a new pipeline."""
        return WatchingPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )


class WatchingPipeline(Pipeline):
    """A pipeline that sends WATCH together with the first read that follows it."""

    _unsent: tuple[str, ...] = ()

    def watch(self, *names: Any) -> None:
        """Watch the keys from the next read on."""
        self._unsent = names
        self.watching = True

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
        commands = [("WATCH", *self._unsent), args]

        def send() -> Any:
            connection.send_packed_command(connection.pack_commands(commands))
            parse(connection, "WATCH")
            return parse(connection, args[0], **options)

        answer = connection.retry.call_with_retry(send, lambda _: connection.disconnect())
        self._unsent = ()
        return answer
