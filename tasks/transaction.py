"""Commands that Redis runs together or not at all, in one round trip. Knows no jobs.

redis-py's own pipeline takes several times as long over each command and each answer.
"""

from collections.abc import Sequence
from typing import Any

import hiredis
import redis

Command = tuple[str | bytes, ...]


def run(client: redis.Redis, commands: Sequence[Command]) -> list[Any]:
    """Run the commands and return their answers.

    Raises RedisError, when none of them was run or the answer was lost.
    """
    data = packed(commands)
    pool: Any = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command((data,))
        answers = [_answer(connection) for _ in range(len(commands) + 2)]
    finally:
        pool.release(connection)
    if refused := refusal(answers):
        raise refused
    results: list[Any] = answers[-1]
    return results


def packed(commands: Sequence[Command]) -> bytes:
    """Return a transaction as it is sent; it is answered with two more answers than commands."""
    pack: Any = hiredis.pack_command  # its types allow one word a command
    return b"".join(map(pack, (("MULTI",), *commands, ("EXEC",))))


def refusal(answers: Sequence[Any]) -> redis.RedisError | None:
    """Return the first error among all answers to a transaction."""
    *queued, executed = answers
    results = executed if isinstance(executed, list) else [executed]
    errors = (one for one in (*queued, *results) if isinstance(one, redis.RedisError))
    return next(errors, None)


def _answer(connection: Any) -> Any:
    """Return the next answer, or the error that Redis answers with; all are to be read."""
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
