"""A Redis client whose pipelines cost few round trips and little time. Knows no jobs.

redis-py handles each command of a pipeline and each answer one by one. A batch goes as one call of
a script that runs its commands: Redis runs them as in a transaction, and there is one answer.
"""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import get_ident
from typing import Any, NamedTuple

import redis
from redis.client import Pipeline
from redis.exceptions import ResponseError, WatchError

from tasks.errors import Superseded
from tasks.script import Call, Script, nothing, read, write

RUN, REFUSED, SUPERSEDED = range(3)
"""What became of commands that were to be run under conditions."""

_BATCH = Script(f"""
if ARGV[1] ~= '' and not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return {{{SUPERSEDED}}} end
if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then return {{{REFUSED}}} end
local at, answer = 2, false
while at <= #ARGV do
  local last = at + ARGV[at]
  answer = redis.call(unpack(ARGV, at + 1, last))
  at = last + 1
end
return {{{RUN}, answer}}
""")


class Fence(NamedTuple):
    """A member of a sorted set without which nothing is stored."""

    registry: str
    member: str


class Client(redis.Redis):
    """A client that hands out the pipelines of this module."""

    _next_batches: "dict[int, Batch] | None" = None

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

    def batch(self) -> "Batch":
        """Return a new batch."""
        return Batch(self.connection_pool, self.response_callbacks, True, None)  # noqa: FBT003

    def announce(
        self, *, fence: Fence | None = None, absent: Any = None, behind: Call | None = None
    ) -> "Batch":
        """Let this thread's next pipeline be a batch, and return that.

        It is run while the ``fence`` stands, and takes the key ``absent`` to be so. A call that is
        to go ``behind`` it is sent with it, whether it runs or not.
        """
        batch = self.batch()
        batch.fence, batch.absent, batch.behind = fence, absent, behind
        self.hand_out(batch)
        return batch

    def recording(self) -> "Recording":
        """Return a new recording."""
        return Recording(self.connection_pool, self.response_callbacks, True, None)  # noqa: FBT003

    def hand_out(self, batch: "Batch") -> None:
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
        return _checked(made)


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
    key had changed just now, and from then on reads are sent. Who watches nothing is not told, and
    may ask whether it ``was_absent``. Where the fence is gone, nothing is run, and Superseded is
    raised.
    """

    fence: Fence | None = None
    absent: Any = None
    was_absent = False
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
        if not self.command_stack:
            return super().execute(raise_on_error)
        if self.watching and absent is None:
            call = self._call(None)
            self.command_stack.clear()
            self.eval(call.script.source, len(call.keys), *call.keys, *call.arguments)
            (call.answer,) = super().execute(raise_on_error)
            return _answers(call)
        is_watching, self.watching = self.watching, False
        try:
            return self._send(absent)
        except WatchError:
            if is_watching:
                raise
            return self._send(None)
        finally:
            self.reset()

    def _call(self, absent: Any) -> Call:
        packed = [piece for args, _ in self.command_stack for piece in (len(args), *args)]
        first = self.command_stack[0][0][1]
        registry, member = self.fence or (first, "")
        keys = (first, registry) if absent is None else (first, registry, absent)
        return Call(script=_BATCH, keys=keys, arguments=(member, *packed))

    def _send(self, absent: Any) -> list[Any]:
        call = self._call(absent)
        behind, self.behind = self.behind, None
        calls = (call, behind) if behind else (call,)
        connection: Any = self.connection or self.connection_pool.get_connection()
        self.connection = connection

        def run() -> None:
            write(connection, *calls)
            read(connection, *calls)

        connection.retry.call_with_retry(run, lambda _: connection.disconnect())
        answers = _answers(call)
        self.was_absent = absent is not None
        return answers


class Recording(Batch):
    """A transaction that is written down and not run; the sets it reads are empty."""

    commands: Sequence[Sequence[Any]] = ()

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        """Answer for Redis."""
        return (
            set() if args[0] == "SMEMBERS" else super().immediate_execute_command(*args, **options)
        )

    def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: ARG002 - redis-py's
        """Write down the commands."""
        self.commands = [args for args, _ in self.command_stack]
        self.reset()
        return []


def _answers(call: Call) -> list[Any]:
    outcome, *answer = _checked(call)
    if outcome == SUPERSEDED:
        raise Superseded
    if outcome == REFUSED:
        raise WatchError
    return [answer[0] if answer else None]


def _checked(call: Call) -> Any:
    if isinstance(call.answer, ResponseError):
        raise call.answer
    return call.answer
