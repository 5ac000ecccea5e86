"""The JSON text of a payload, in UTF-8 and without white space. Knows nothing of what it says.

orjson writes it at gigabytes a second. What orjson refuses (integers past 64 bits, lone surrogates,
deep nesting) is written here, level by level, with the size of every container noted.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import orjson

from alerting.finding import JsonValue

_Container: TypeAlias = dict[str, JsonValue] | list[JsonValue]
_ERRORS = "surrogatepass"


def scalar_text(value: JsonValue) -> bytes:
    """Return the JSON text of a scalar; ``null`` for an integer past Python's limit of digits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        pass
    try:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", _ERRORS)
    except ValueError:
        return b"null"


def value_text(value: JsonValue) -> str:
    """Return the text that spans of findings in a scalar count in: a number's is its JSON text."""
    return value if isinstance(value, str) else scalar_text(value).decode()


def json_text(payload: JsonValue) -> tuple[bytes, dict[int, int]]:
    """Return the text and, where orjson failed, the sizes of all containers by their identity."""
    try:
        return orjson.dumps(payload), {}
    except TypeError:
        return _by_level(payload)


def _by_level(payload: JsonValue) -> tuple[bytes, dict[int, int]]:
    """Write containers without recursion, so that no nesting is too deep."""
    if not isinstance(payload, dict | list):
        return scalar_text(payload), {}
    pieces: list[bytes] = []
    sizes: dict[int, int] = {}
    length = 0
    levels = [(payload, length, _parts(payload))]
    while levels:
        container, start, parts = levels[-1]
        for part in parts:
            if not isinstance(part, bytes):
                levels.append((part, length, _parts(part)))
                break
            pieces.append(part)
            length += len(part)
        else:
            sizes[id(container)] = length - start
            levels.pop()
    return b"".join(pieces), sizes


def _parts(container: _Container) -> Iterator[bytes | _Container]:
    """Yield the text of a container in pieces, the containers inside it as they are."""
    is_object = isinstance(container, dict)
    items: Iterable[tuple[object, JsonValue]]
    items = container.items() if isinstance(container, dict) else enumerate(container)
    yield b"{" if is_object else b"["
    mark = b""
    for name, value in items:
        yield mark + scalar_text(str(name)) + b":" if is_object else mark
        yield value if isinstance(value, dict | list) else scalar_text(value)
        mark = b","
    yield b"}" if is_object else b"]"
