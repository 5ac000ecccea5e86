"""When two written forms are one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import recognizers
from alerting.normal_form import normal_form


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        ("email", ["Ann.Lee@example.com", "Ann.Lee@EXAMPLE.Com", "Ann.Lee＠example.com"]),
        (
            "phone",
            [
                "+380671234567",
                "380671234567",
                "067 123-45-67",
                "8 (067) 123-45-67",
                "+3 (8067) 123 45 67",
                "00380671234567",
            ],
        ),
        ("phone", ["+44 20 7946 0958 ext 12", "+442079460958 x12"]),
        ("card", ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"]),
        ("iban", ["UA21 3223 1300 0002 6007 2335 6600 1", "UA213223130000026007233566001"]),
    ],
)
def test_forms_of_one_value_are_alike(kind: str, forms: list[str]) -> None:
    """How a value is written makes no difference."""
    assert len({normal_form(kind, form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("email", "ann@example.com", "Ann@example.com"),
        ("email", "ann@example.com", "ann@example.org"),
        ("phone", "+380671234567", "+380671234568"),
        ("phone", "+44 20 7946 0958", "+44 20 7946 0958 ext 12"),
        ("phone", "12", "13"),
        ("ip", "192.0.2.11", "192.0.21.1"),
        ("api_key", "abc-1", "abc1"),
    ],
)
def test_other_values_stay_apart(kind: str, first: str, second: str) -> None:
    """What may be another value is another value; local parts of addresses may differ in case."""
    assert normal_form(kind, first) != normal_form(kind, second)


@given(st.sampled_from(sorted(recognizers())), st.text())
def test_any_text_has_a_normal_form(kind: str, text: str) -> None:
    """Nothing that a recognizer may call a value makes it fail."""
    assert isinstance(normal_form(kind, text), str)
