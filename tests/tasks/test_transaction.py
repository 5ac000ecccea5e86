"""Commands run together, or not at all."""

import pytest
import redis

from tasks import transaction
from tests.redis_process import RedisProcess


def test_commands_run_in_turn(redis_process: RedisProcess, redis_url: str) -> None:
    """What the commands did is there when they have run."""
    with redis_process.client() as client:
        transaction.run(client, [("SET", "a", b"\x00\r\n"), ("APPEND", "a", "é")])

        assert client.get("a") == b"\x00\r\n" + "é".encode()


@pytest.mark.parametrize("wrong", [("NONSENSE", "a"), ("INCR", "text")])
def test_refusal_is_raised_and_the_connection_goes_on(
    redis_process: RedisProcess,
    redis_url: str,
    wrong: tuple[str, ...],
) -> None:
    """A command that Redis refuses is an error, and no answer is left behind for the next call."""
    with redis_process.client() as client:
        client.set("text", "text")

        with pytest.raises(redis.ResponseError):
            transaction.run(client, [("SADD", "some", "one"), wrong, ("SADD", "some", "two")])

        assert client.ping() is True
        assert client.get("text") == b"text"


def test_unknown_command_stops_the_others(redis_process: RedisProcess, redis_url: str) -> None:
    """Redis runs nothing of a transaction with a command that it does not know."""
    with redis_process.client() as client:
        with pytest.raises(redis.ResponseError):
            transaction.run(client, [("SET", "a", "1"), ("NONSENSE",)])

        assert client.get("a") is None
