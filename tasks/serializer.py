"""How payloads, results and meta are written to Redis: strict JSON. Knows neither RQ nor jobs.

What is sealed passes through as it is; who may open it is the matter of ``tasks/envelope.py``.
"""

import json
import marshal
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
        quick = quick_json(value)
        if quick is not None:
            return quick
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
        if _DIGITS not in data.translate(_DIGITS_ALIKE):
            try:
                return orjson.loads(data)
            except orjson.JSONDecodeError:  # json reads some texts that orjson refuses.
                pass
        try:
            return _DECODER.decode(data.decode())
        except (ValueError, RecursionError):
            raise NotJson from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Made once: json.dumps and json.loads make new ones for each call with such wishes.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse)

# orjson reads a whole number that 64 bits cannot hold as a float, without a word.
_DIGITS = b"0" * 19
_DIGITS_ALIKE = bytes(ord("0") if byte in b"0123456789" else ord("x") for byte in range(256))

_ORJSON_LEAVES = (
    orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_MARSHAL_VERSION = 2  # The last that keeps no account of the objects it has seen.


def quick_json(value: Any) -> bytes | None:
    """Return the value as JSON if orjson is known to write what json would, else None.

    orjson writes more than json does, UUIDs for one, and NaN as null. Both orjson and marshal
    write nothing but JSON's own types, exactly, with texts as names; and what has become of a
    value with nulls in it is read back, where NaN is not equal to anything.
    """
    try:
        data = orjson.dumps(value, option=_ORJSON_LEAVES)
        marshal.dumps(value, _MARSHAL_VERSION)
        is_known = b"null" not in data or orjson.loads(data) == value
    except (TypeError, ValueError, RecursionError):
        return None
    return data if is_known else None


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
