"""Found values, taken out of the payload again."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.values import value_of, values_of

LEAVES: st.SearchStrategy[JsonValue] = st.sampled_from(
    ["address", "two addresses", "plain", 1.5, None]
)
SHAPES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("ab", max_size=3).map(lambda name: f"@{name}"), inner)
        | st.dictionaries(st.text("ab", max_size=3), inner)
    ),
    max_leaves=20,
)
"""Payloads to be: members whose name begins with ``@`` get an address for a name."""


class Filling:
    """A payload made of a shape; ``put`` are the addresses in it, in document order."""

    def __init__(self, shape: JsonValue) -> None:
        self.put: list[str] = []
        self._numbers = count()
        self.payload = self._fill(shape)

    def _address(self) -> str:
        self.put.append(f"user{next(self._numbers)}@example.com")
        return self.put[-1]

    def _fill(self, shape: JsonValue) -> JsonValue:
        if isinstance(shape, list):
            return [self._fill(inner) for inner in shape]
        if isinstance(shape, dict):
            return {
                f"їжак {self._address()} x" if name.startswith("@") else name: self._fill(inner)
                for name, inner in shape.items()
            }
        if shape == "address":
            return f"to {self._address()}"
        if shape == "two addresses":
            return f"🦔 {self._address()}, {self._address()} …"
        return shape


@given(SHAPES)
def test_the_values_are_those_that_were_put_there(shape: JsonValue) -> None:
    """Names, values and items at any depth give back what they hold, each finding its own."""
    filling = Filling(shape)
    findings = scan(filling.payload)
    assert [value_of(filling.payload, one) for one in findings] == filling.put
    assert list(values_of(filling.payload, findings)) == filling.put


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ("ann@example.com", "ann@example.com"),
        (380671234567, "380671234567"),
        ({"tel": [380671234567]}, "380671234567"),
        ({"a\x1eb": "\x1eann@example.com"}, "ann@example.com"),
    ],
)
def test_scalars_numbers_and_odd_characters_give_their_values(
    payload: JsonValue, value: str
) -> None:
    """A number's value is cut from its JSON text."""
    assert [value_of(payload, one) for one in scan(payload)] == [value]
