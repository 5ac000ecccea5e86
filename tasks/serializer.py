"""How payloads, results and meta are written to Redis: strict JSON. Knows neither RQ nor jobs.

What is sealed passes through as it is; who may open it is the matter of ``tasks/envelope.py``.
"""

import json
from typing import Any, NoReturn

import orjson

from tasks.errors import NotJson
from tasks.sealing import MARK, Sealed


class Serializer:
    """The serializer of queue and workers, in the form that RQ asks for (``rq worker -S``).

    Stricter than :mod:`json`, which writes ``NaN`` and turns keys into texts without a word.
    """

    @staticmethod
    def dumps(value: object) -> bytes:
        """Return the value as UTF-8 JSON; raises NotJson, which names no value."""
        if isinstance(value, Sealed):
            return value
        try:
            data = _ENCODER.encode(value).encode()
        except (TypeError, ValueError, RecursionError):
            raise NotJson from None
        if not _has_only_text_keys(value):
            raise NotJson
        return data

    @staticmethod
    def loads(data: bytes) -> Any:
        """Return the value that the bytes hold; raises NotJson."""
        if data.startswith(MARK):
            return Sealed(data)
        try:
            return _DECODER.decode(data.decode())
        except (ValueError, RecursionError):
            raise NotJson from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Made once: json.dumps and json.loads make new ones for each call with such wishes.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _has_only_text_keys(value: object) -> bool:
    """Return whether all members of a value without cycles have texts as names.

    orjson writes nothing with other names; what else it refuses is looked through.
    """
    try:
        orjson.dumps(value)
    except TypeError:
        return _has_only_text_keys_inside(value)
    return True


def _has_only_text_keys_inside(value: object) -> bool:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if not all(isinstance(key, str) for key in one):
                return False
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            left.extend(one)
    return True
