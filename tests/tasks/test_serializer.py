"""The serializer: JSON, the whole of it and nothing else."""

import json
import math
import uuid
from collections import OrderedDict
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import NotJson
from tasks.serializer import Serializer
from tests.tasks.catalog.test_transform import JSON


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    """What is JSON survives the way to Redis and back, unless UTF-8 cannot hold it."""
    try:
        data = Serializer.dumps(value)
    except NotJson:
        assert "\\ud" in ascii(value)
    else:
        assert Serializer.loads(data) == value


class Colour(Enum):
    """No value of JSON."""

    RED = "red"


class Digit(IntEnum):
    """A number to json."""

    TWO = 2


class Pair(NamedTuple):
    """A list to json."""

    one: int
    two: float


class Word(str):
    """A text to json."""

    __slots__ = ()


ODD = st.sampled_from(
    [
        *(math.nan, math.inf, -math.inf, -0.0, 1e16, 1e22, 1e-7, 5e-324, 2**53 + 1, 2**63, 2**64),
        *(-(2**63) - 1, 10**40, True, "\ud800", "\x7f\x00\u2028", "null", Word("word"), Digit.TWO),
        *(Pair(one=1, two=math.nan), (1, 2), OrderedDict(a=1), Colour.RED, uuid.UUID(int=1)),
        *(datetime(2001, 2, 3, tzinfo=UTC), b"bytes", {1}, {1: 2}, {None: 2}, {Word("a"): 1}),
        *({(1, 2): 3}, orjson.Fragment(b"1"), object(), {"a": {True: 1}}),
    ]
)
ANYTHING = st.recursive(
    JSON | ODD | st.integers() | st.floats(),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(), one, max_size=3),
    max_leaves=8,
)


def texts_as_names(value: Any) -> bool:
    """Return whether all members have texts as names."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and texts_as_names(one) for name, one in value.items())
    return not isinstance(value, list | tuple) or all(map(texts_as_names, value))


@given(ANYTHING)
def test_what_is_written_is_what_json_writes(value: Any) -> None:
    """The quick way and the thorough one take the same values and mean the same by them."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        written = None
    if written is None or not texts_as_names(value):
        with pytest.raises(NotJson):
            Serializer.dumps(value)
    else:
        assert repr(json.loads(Serializer.dumps(value))) == repr(json.loads(written))


NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
READ = st.one_of(
    NUMBERS,
    ANYTHING.map(lambda value: json.dumps(value, default=str, skipkeys=True)),
    st.text(alphabet='{}[]",:\\ud80c \n\t0123456789.-+eEnultrfasNI\ufeff', max_size=12),
    st.sampled_from(
        ["[" * 300 + "]" * 300, '{"a":1,"a":2}', '"\\ud800"', "1e999", "-0", "9" * 5000]
    ),
)


@given(READ)
def test_what_is_read_is_what_json_reads(text: str) -> None:
    """Numbers of any length, halves of characters and broken texts are read as json reads them."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        value = json.JSONDecoder(parse_constant=refuse).decode(text)
    except ValueError:
        with pytest.raises(NotJson):
            Serializer.loads(text.encode())
    else:
        assert repr(Serializer.loads(text.encode())) == repr(value)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"NaN", b"[Infinity]", b"\x80\x05N.", b"[" * 100_000, b"9" * 5000],
    ids=lambda data: str(data[:9]),
)
def test_bytes_that_are_not_json_are_refused(data: bytes) -> None:
    """Whatever somebody wrote to Redis, it is JSON or an error of ours."""
    with pytest.raises(NotJson):
        Serializer.loads(data)


def test_error_names_no_value() -> None:
    """The error neither quotes the value nor leads to an exception that does."""
    with pytest.raises(NotJson) as caught:
        Serializer.dumps({"mail": "someone@example.com", "x": object()})

    assert str(caught.value) == "The value is not JSON."
    assert caught.value.__suppress_context__
