"""Pipelines of Redis that cost few round trips and little time. Know no jobs.

redis-py handles each command of a pipeline and each answer one by one. A batch goes as one call of
a script that runs its commands: Redis runs them as in a transaction, and there is one answer.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from redis.client import Pipeline
from redis.exceptions import WatchError

from tasks.errors import Superseded
from tasks.script import Call, Script, checked, read, write

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
    outcome, *answer = checked(call)
    if outcome == SUPERSEDED:
        raise Superseded
    if outcome == REFUSED:
        raise WatchError
    return [answer[0] if answer else None]
