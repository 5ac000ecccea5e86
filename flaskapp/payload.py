"""The payload of a request: strict JSON within limits. Knows nothing of what is done with it.

The standard library's parser is used rather than a faster one: it lets duplicate members be seen
and keeps whole numbers of any size exact. What it accepts beyond JSON (RFC 8259) is refused here.
Each limit is first checked by a bound that is cheap to count, so that an ordinary payload costs
one pass of the parser and a few counts over its text.
"""

import json
import math
import re
from collections.abc import Collection, Iterator

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

from alerting.finding import JsonValue
from flaskapp.problems import Problem
from flaskapp.settings import WebSettings

Container = list[JsonValue] | dict[str, JsonValue]

_LONE_SURROGATE_IS_POSSIBLE = re.compile(r"\\u[dD][89a-fA-F]")


def read(request: Request, settings: WebSettings) -> JsonValue:
    """Return the payload of a request; no body means an empty object.

    Raises Problem.
    """
    body = _body(request, settings.max_body_bytes)
    if not body:
        return {}
    _check_media_type(request)
    return parse(body, max_depth=settings.max_depth, max_values=settings.max_values)


def read_lines(request: Request, settings: WebSettings) -> list[tuple[int, bytes]]:
    """Return the lines of a request that are not blank, with their numbers from 1.

    Raises Problem.
    """
    body = _body(request, settings.max_body_bytes)
    if not _is_plain(request):
        raise Problem("unsupported-media-type")
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if not 0 < len(lines) <= settings.max_lines:
        detail = f"Send from 1 to {settings.max_lines} lines, one JSON value each."
        raise Problem("invalid-payload", detail)
    return lines


def parse(body: bytes, *, max_depth: int, max_values: int) -> JsonValue:
    """Return the JSON value that the body holds; raises Problem."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        detail = f"The body is not UTF-8: byte {fault.start} cannot be decoded."
        raise Problem("bad-json", detail) from None
    value = _decoded(text, max_depth)
    brackets = text.count("[") + text.count("{")
    if brackets > max_depth and _is_deeper(value, max_depth):
        raise _too_deep(max_depth)
    if text.count(",") + brackets >= max_values and _count(value) > max_values:
        raise Problem("invalid-payload", f"The payload holds more than {max_values} values.")
    if _LONE_SURROGATE_IS_POSSIBLE.search(text) and not _is_encodable(value):
        raise Problem("invalid-payload", "A string of the payload holds a lone surrogate.")
    return value


def _body(request: Request, max_bytes: int) -> bytes:
    """Return the whole body.

    One byte more than the limit is read: a body that is too large shows where none is declared.
    """
    length = request.content_length or 0
    if length > max_bytes:
        raise _too_large(max_bytes)
    try:
        body = get_input_stream(request.environ).read(max_bytes + 1)
    except (ClientDisconnected, ParseException, OSError):
        raise Problem("bad-json", "The body ended early or is not chunked as HTTP says.") from None
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    if len(body) < length:
        raise Problem("bad-json", "The body is shorter than its Content-Length.")
    return body


def _too_large(max_bytes: int) -> Problem:
    return Problem("payload-too-large", f"Send a body of at most {max_bytes} bytes.")


def _check_media_type(request: Request) -> None:
    mimetype = request.mimetype
    is_json = mimetype == "application/json" or (
        mimetype.startswith("application/") and mimetype.endswith("+json")
    )
    if not (is_json and _is_plain(request)):
        raise Problem("unsupported-media-type")


def _is_plain(request: Request) -> bool:
    """Whether the body is UTF-8, by its headers, and not compressed."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    return encoding == "identity" and charset in {"utf-8", "utf8"}


def _members(pairs: list[tuple[str, JsonValue]]) -> JsonValue:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Problem("invalid-payload", "An object of the payload has two members of one name.")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Problem("invalid-payload", "A number of the payload is too large.")
    return number


def _constant(_name: str) -> JsonValue:
    raise Problem("bad-json", "NaN and Infinity are not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_finite, parse_constant=_constant
)


def _decoded(text: str, max_depth: int) -> JsonValue:
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        detail = (
            f"The body breaks the grammar of JSON at line {fault.lineno}, column {fault.colno}."
        )
        position = {"line": fault.lineno, "column": fault.colno}
        raise Problem("bad-json", detail, members={"position": position}) from None
    except ValueError:  # the interpreter's limit of digits, which guards against quadratic time
        raise Problem("invalid-payload", "A number of the payload has too many digits.") from None
    except RecursionError:  # the parser gives up far beyond the deepest setting
        raise _too_deep(max_depth) from None
    return value


def _too_deep(max_depth: int) -> Problem:
    return Problem("invalid-payload", f"The payload is nested deeper than {max_depth} levels.")


def _inside(containers: list[Container]) -> Iterator[Collection[JsonValue]]:
    return (one.values() if isinstance(one, dict) else one for one in containers)


def _one_deeper(containers: list[Container]) -> list[Container]:
    """Return the arrays and objects that lie directly in these."""
    return [
        value
        for values in _inside(containers)
        for value in values
        if isinstance(value, (list, dict))
    ]


def _is_deeper(value: JsonValue, max_depth: int) -> bool:
    """Whether more than ``max_depth`` arrays and objects lie in each other; level by level."""
    level = _one_deeper([[value]])
    depth = 0
    while level and depth <= max_depth:
        level = _one_deeper(level)
        depth += 1
    return depth > max_depth


def _count(value: JsonValue) -> int:
    """Count the values of a payload, arrays and objects included."""
    count = 0
    level: list[Container] = [[value]]
    while level:
        count += sum(map(len, _inside(level)))
        level = _one_deeper(level)
    return count


def _is_encodable(value: JsonValue) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
