"""Commands that RQ made once, as a piece of a script that runs them for other jobs. Knows no jobs.

RQ makes some thirty commands for each job, which differ in its id, its times and little else.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from rq.utils import current_timestamp

Command = Sequence[Any]
Hash = Mapping[bytes, bytes]
T = TypeVar("T")

# None of them takes away what HSET has written; of all others nobody here knows.
_HARMLESS = {"EXPIRE", "PERSIST", "HSET", "HINCRBY", "HINCRBYFLOAT", "PUBLISH"}
_HARMLESS |= {"ZADD", "ZREM", "SADD", "SREM", "LREM", "XADD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Recorded commands, and the variable of a script for each text that stands in for a value.

    A whole number that is a time, as registries have it, is told by ``second``, when the commands
    were recorded; the script has its own variable of that name.
    """

    commands: Sequence[Command]
    variables: Mapping[str, str]
    second: int

    def lua(self) -> str:
        """Return the statements that run the commands; ``call`` is ``redis.call``.

        What several words are made of is put together once.
        """
        calls = [[self.expression(word) for word in command] for command in self.commands]
        counts = Counter(word for call in calls for word in call if " .. " in word)
        names = {word: f"word_{number}" for number, word in enumerate(counts) if counts[word] > 1}
        return "\n".join(
            [f"local {name} = {word}" for word, name in names.items()]
            + [f"call({', '.join(names.get(word, word) for word in call)})" for call in calls]
        )

    def expression(self, word: Any) -> str:
        """Return a word of a command as an expression."""
        if isinstance(word, int) and word >= self.second:
            after_s = word - self.second
            return f"second + {self.variables.get(str(after_s), after_s)}"
        pieces = re.split(f"({'|'.join(map(re.escape, self.variables))})", as_word(word).decode())
        expressions = [
            self.variables[piece] if number % 2 else _literal(piece)
            for number, piece in enumerate(pieces)
            if piece
        ]
        return " .. ".join(expressions) or "''"


def recorded(record: Callable[[], T]) -> tuple[int, T]:
    """Return what was recorded within one second, and that second."""
    while True:
        second, made = current_timestamp(), record()
        if current_timestamp() == second:
            return second, made


def condensed(
    commands: Iterable[Command], held: Mapping[str, Hash], *, absent: Sequence[str] = ()
) -> list[list[Any]]:
    """Return commands that store the same: a hash is written once, but for what it held before.

    Keys that are absent, and stay so, need no time to live.
    """
    kept: list[list[Any]] = []
    fields: dict[str, dict[Any, Any]] = {}
    for name, key, *words in commands:
        if name not in _HARMLESS:
            fields.clear()
        if name == "EXPIRE" and key in absent:
            continue
        if name != "HSET":
            kept.append([name, key, *words])
            continue
        before = held.get(key, {})
        if key not in fields:
            fields[key] = {}
            kept.append([name, key, fields[key]])
        fields[key].update(
            (field, value)
            for field, value in zip(words[::2], words[1::2], strict=True)
            if before.get(as_word(field)) != as_word(value)
        )
    return [flat for command in kept if (flat := _flat(command))]


def time_text(time: datetime) -> str:
    """Return a time of UTC as RQ writes it, in less time."""
    return f"{time.isoformat(timespec='microseconds')[:-6]}Z"


def as_word(word: Any) -> bytes:
    """Return a word of a command as redis-py sends it."""
    if isinstance(word, bytes):
        return word
    return str.encode(word) if isinstance(word, str) else repr(word).encode()


def _flat(command: list[Any]) -> list[Any]:
    name, key, *words = command
    if name != "HSET":
        return command
    pairs = [one for pair in words[0].items() for one in pair]
    return [name, key, *pairs] if pairs else []


def _literal(text: str) -> str:
    """Return a text as Lua writes it."""
    return "'" + re.sub(rb"[^ !#-&(-\[\]-~]", _escaped, text.encode()).decode() + "'"


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\%03d" % found[0][0]
