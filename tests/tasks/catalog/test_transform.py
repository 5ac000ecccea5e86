"""The task ``transform``: what it cleans, and what it leaves alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.finding import JsonValue
from tasks.catalog.transform import transform

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Олена  ", "Олена"),
        ("Олена\u00a0\t\n Приклад", "Олена Приклад"),
        ("\u2003a\u3000", "a"),
        ("", ""),
        (" \t", ""),
        ("и\u0306", "й"),
        ("e\u0301", "é"),
        ("Some.One@EXAMPLE.Com", "Some.One@example.com"),
        (" some.one@Пошта.УКР ", "some.one@пошта.укр"),
        ("+380961234567", "+380961234567"),
        ("380961234567", "+380961234567"),
        ("0961234567", "+380961234567"),
        ("00380961234567", "+380961234567"),
        ("+38 (096) 123-45-67", "+380961234567"),
        ("38 096 123 45 67", "+380961234567"),
        ("096.123.45.67", "+380961234567"),
        ("(044) 123-45-67", "+380441234567"),
        ("+380(0)961234567", "+380961234567"),
    ],
)
def test_text_is_cleaned(text: str, clean: str) -> None:
    """Spaces, Unicode forms, e-mail domains and Ukrainian phones take their one form."""
    assert transform(text) == clean


@pytest.mark.parametrize(
    "payload",
    [
        "write to A@EXAMPLE.COM",
        "https://user@HOST.com/Path",
        "A@LOCALHOST",
        "@EXAMPLE.COM",
        "+48501234567",
        "+1 202 555 0123",
        "961234567",
        "0961234567, 0501234567",
        "моб. 0961234567",
        "0961234567 дод. 5",
        "0001234567",
        "2013-05-09",
        "00000",
        "+380 12",
        "0--------",
        "0",
        380961234567,
        0,
        -1.5,
        True,
        None,
    ],
)
def test_everything_else_is_left_alone(payload: JsonValue) -> None:
    """Texts that merely resemble contacts, other countries' phones, numbers: none is touched."""
    assert transform(payload) == payload
    assert type(transform(payload)) is type(payload)


def test_cleaning_reaches_any_depth_and_no_key() -> None:
    """Values are cleaned wherever they stand; member names and their order stay."""
    record: JsonValue = {" B ": [{"E-Mail": " a@B.COM "}, ["0961234567", 1]], " A": "x  y"}

    cleaned = transform(record)

    assert cleaned == {" B ": [{"E-Mail": "a@b.com"}, ["+380961234567", 1]], " A": "x y"}
    assert isinstance(cleaned, dict)
    assert list(cleaned) == [" B ", " A"]


def test_deepest_payload_is_cleaned() -> None:
    """The deepest nesting that a setting may allow is no trouble."""
    payload: JsonValue = " a "
    for level in range(500):
        payload = {"k": payload} if level % 2 else [payload]

    assert '"a"' in json.dumps(transform(payload))


def test_payload_itself_is_not_changed() -> None:
    """The caller's payload stays as it was."""
    payload: JsonValue = {"a": [" b "]}
    transform(payload)

    assert payload == {"a": [" b "]}


@given(JSON)
def test_cleaning_twice_changes_nothing_more(payload: JsonValue) -> None:
    """A clean record is clean."""
    once = transform(payload)

    assert transform(once) == once
