"""The JSON text of a payload, in UTF-8 and without white space. Knows nothing of what it says.

orjson writes it at gigabytes a second. What orjson refuses (integers past 64 bits, lone surrogates,
deep nesting) is written here, level by level, with the size of every container noted.
"""

import json
from typing import Any

import orjson

from alerting.finding import JsonValue

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
    pieces: list[bytes] = []
    sizes: dict[int, int] = {}
    length = 0
    # Still to be written: bytes as they are, values, and where a container ends.
    left: list[bytes | tuple[JsonValue] | tuple[JsonValue, int]] = [(payload,)]
    while left:
        part = left.pop()
        if isinstance(part, tuple) and len(part) == 2:
            sizes[id(part[0])] = length - part[1]
            continue
        value = part[0] if isinstance(part, tuple) else part
        if isinstance(value, dict | list):
            left.append((value, length))
            left.extend(reversed(_parts(value)))
            continue
        piece = value if isinstance(value, bytes) else scalar_text(value)
        pieces.append(piece)
        length += len(piece)
    return b"".join(pieces), sizes


def _parts(container: dict[str, JsonValue] | list[JsonValue]) -> list[bytes | tuple[JsonValue]]:
    is_object = isinstance(container, dict)
    mark = b"{" if is_object else b"["
    parts: list[bytes | tuple[JsonValue]] = []
    items: Any = container.items() if isinstance(container, dict) else enumerate(container)
    for name, value in items:
        parts += [mark + scalar_text(str(name)) + b":" if is_object else mark, (value,)]
        mark = b","
    return [*(parts or [mark]), b"}" if is_object else b"]"]
