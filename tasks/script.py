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


@dataclass(slots=True, kw_only=True)
class Call:
    """A call of a script, with its answer once it has been sent; that may be an error of Redis."""

    script: Script
    keys: Sequence[Any]
    arguments: Sequence[Any] = ()
    answer: Any = None


def nothing() -> None:
    """Do nothing while Redis works."""


def send(connection: Any, *calls: Call, meanwhile: Callable[[], None] = nothing) -> None:
    """Run the calls one after the other in one round trip; raises ConnectionError, TimeoutError.

    Other errors are answers, and do not keep the next call from being run. ``meanwhile`` is done
    while Redis works.
    """
    # As redis-py packs with hiredis, but for what it looks for in every argument.
    packed = (
        pack_command(("EVALSHA", one.script.digest, len(one.keys), *one.keys, *one.arguments))
        for one in calls
    )
    connection.send_packed_command([b"".join(packed)])
    meanwhile()
    for one in calls:
        one.answer = _answer(connection)
    for one in calls:
        if isinstance(one.answer, NoScriptError):
            source, keys = one.script.source, one.keys
            connection.send_command("EVAL", source, len(keys), *keys, *one.arguments)
            one.answer = _answer(connection)


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error
