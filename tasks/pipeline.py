"""A Redis client whose pipelines cost few round trips and little time. Knows no jobs.

redis-py handles each command of a pipeline and each answer one by one. A batch goes as one call of
a script that runs its commands: Redis runs them as in a transaction, and there is one answer.
"""

from threading import get_ident
from typing import Any

import redis
from redis.client import Pipeline
from redis.exceptions import ResponseError, WatchError

from tasks.script import Call, Script, send

_REFUSED = 0
_RUN = Script("""
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then return {0} end
local at, answer = 1, false
while at <= #ARGV do
  local last = at + ARGV[at]
  answer = redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
return {1, answer}
""")


class Client(redis.Redis):
    """A client that hands out the pipelines of this module."""

    _next_batches: "dict[int, Batch] | None" = None

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return a new pipeline: a batch for whoever has announced one."""
        announced = self._next_batches
        batch = announced.pop(get_ident(), None) if announced else None
        return batch or WatchingPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )

    def batch(self) -> "Batch":
        """Return a new batch."""
        return Batch(self.connection_pool, self.response_callbacks, True, None)  # noqa: FBT003

    def assume_absent(self, key: Any, *, behind: Call | None = None) -> None:
        """Let this thread's next pipeline be a batch that takes this key to be absent.

        A call that is to go ``behind`` it is sent with it, whether it runs or not.
        """
        batch = self.batch()
        batch.absent, batch.behind = key, behind
        self._next_batches = {get_ident(): batch}

    def call(self, call: Call) -> Any:
        """Run a script and return its answer; raises RedisError."""
        pool: Any = self.connection_pool
        connection = pool.get_connection()
        try:
            connection.retry.call_with_retry(
                lambda: send(connection, call), lambda _: connection.disconnect()
            )
        finally:
            pool.release(connection)
        return _checked(call)


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


class Batch(WatchingPipeline):
    """A transaction that is sent as one call of a script, and answers with its last command's.

    Whoever watches the key that is taken to be absent, and reads the set there, is told without
    asking that it is empty. Should that be wrong, nothing is run, WatchError is raised as if the
    key had changed just now, and from then on this is a pipeline like any other.
    """

    absent: Any = None
    behind: Call | None = None

    def __enter__(self) -> "Batch":
        return self

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Run a command now, or answer for Redis."""
        if self.absent is not None and args == ("SMEMBERS", self.absent):
            return set()
        return super().immediate_execute_command(*args, **options)

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Run all commands, and return a list that ends with the last one's answer."""
        absent, self.absent = self.absent, None  # A second try asks.
        if not self.command_stack or (self.watching and absent is None):
            return super().execute(raise_on_error)
        self.watching = False
        try:
            return [self._send(absent)]
        finally:
            self.reset()

    def call(self, absent: Any = None) -> Call:
        """Return the call that runs the commands, unless there is a key that ought to be absent."""
        commands = [args for args, _ in self.command_stack]
        keys = (commands[0][1],) if absent is None else (commands[0][1], absent)
        arguments = [piece for args in commands for piece in (len(args), *args)]
        return Call(script=_RUN, keys=keys, arguments=arguments)

    def _send(self, absent: Any) -> Any:
        call = self.call(absent)
        calls = (call, self.behind) if self.behind else (call,)
        connection: Any = self.connection or self.connection_pool.get_connection()
        self.connection = connection
        connection.retry.call_with_retry(
            lambda: send(connection, *calls), lambda _: connection.disconnect()
        )
        is_run, *answer = _checked(call)
        if is_run == _REFUSED:
            raise WatchError
        return answer[0] if answer else None


def _checked(call: Call) -> Any:
    if isinstance(call.answer, ResponseError):
        raise call.answer
    return call.answer
