"""Scripts that run in Redis, called with few bytes and few round trips. Knows no jobs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hiredis import pack_command
from redis.exceptions import NoScriptError, ResponseError


class Script:
    """A script that Redis is told by its digest, and in full when it has forgotten it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()


def nothing() -> None:
    """Do nothing while Redis works."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of a script, with its answer once it has been sent; that may be an error of Redis.

    ``then`` is done with each answer, while Redis may still be at another call; it raises nothing.
    """

    script: Script
    keys: Sequence[Any]
    arguments: Sequence[Any] = ()
    answer: Any = None
    then: Callable[[], None] = nothing


def write(connection: Any, *calls: Call, check_health: bool = True) -> None:
    """Send the calls; raises ConnectionError, TimeoutError."""
    # As redis-py packs with hiredis, but for what it looks for in every argument.
    packed = (
        pack_command(("EVALSHA", one.script.digest, len(one.keys), *one.keys, *one.arguments))
        for one in calls
    )
    connection.send_packed_command([b"".join(packed)], check_health=check_health)


def read(connection: Any, *calls: Call) -> None:
    """Read the answers to the calls, which were sent; raises ConnectionError, TimeoutError.

    Other errors are answers, and do not keep the next call from being run.
    """
    for one in calls:
        _answer(connection, one)
    for one in calls:
        if isinstance(one.answer, NoScriptError):
            source, keys = one.script.source, one.keys
            connection.send_command("EVAL", source, len(keys), *keys, *one.arguments)
            _answer(connection, one)


def _answer(connection: Any, call: Call) -> None:
    try:
        call.answer = connection.read_response()
    except ResponseError as error:
        call.answer = error
    call.then()


def checked(call: Call) -> Any:
    """Return the answer to a call; raises ResponseError where that is one."""
    if isinstance(call.answer, ResponseError):
        raise call.answer
    return call.answer
