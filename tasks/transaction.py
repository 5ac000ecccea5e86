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
    pack: Any = hiredis.pack_command  # its types allow one word a command
    packed = b"".join(map(pack, (("MULTI",), *commands, ("EXEC",))))
    pool: Any = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_packed_command((packed,))
        *queued, executed = [_answer(connection) for _ in range(len(commands) + 2)]
    finally:
        pool.release(connection)
    results = executed if isinstance(executed, list) else [executed]
    for answer in (*queued, *results):
        if isinstance(answer, Exception):
            raise answer
    return results


def _answer(connection: Any) -> Any:
    """Return the next answer, or the error that Redis answers with; all are to be read."""
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error
