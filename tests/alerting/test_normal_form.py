"""When two written forms are one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting import numbering_plans
from alerting.detector import recognizers
from alerting.normal_form import normal_form

BECH32 = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
BASE58 = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
ETHEREUM_DIGITS = "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"


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
        (
            "iban",
            [
                "UA21 3223 1300 0002 6007 2335 6600 1",
                "UA21-3223-1300-0002-6007-2335-6600-1",
                "ua213223130000026007233566001",
            ],
        ),
        ("crypto", [BECH32, BECH32.upper()]),
        ("crypto", ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + ETHEREUM_DIGITS.upper()]),
        ("mac", ["00-1A-2B-3C-4D-5E", "00:1a:2b:3c:4d:5e", "001a.2b3c.4d5e", "00 1A 2B 3C 4D 5E"]),
        ("ip", ["2001:DB8:0:0::1", "2001:db8::1"]),
        ("ip", ["::ffff:192.0.2.1", "::FFFF:C000:201", "0:0:0:0:0:ffff:c000:201"]),
        ("ip", ["2001:db8::/32", "2001:DB8:0::/032"]),
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
        ("ip", "192.0.2.1", "192.0.2.1/24"),
        ("ip", "fe80::1%eth0", "fe80::1%eth1"),
        ("mac", "00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5F"),
        ("crypto", BASE58, BASE58.swapcase()),
        ("api_key", "abc-1", "abc1"),
    ],
)
def test_other_values_stay_apart(kind: str, first: str, second: str) -> None:
    """What may be another value is another value; local parts of addresses may differ in case."""
    assert normal_form(kind, first) != normal_form(kind, second)


def test_an_address_has_one_form_whatever_python_shows() -> None:
    """Digests of addresses last from one version of Python to the next."""
    assert normal_form("ip", "::ffff:c000:201") == "::ffff:192.0.2.1"


def test_a_kind_that_is_not_installed_gets_the_default() -> None:
    """White space, compatible characters and hyphens of digits are one, and nothing else."""
    assert normal_form("telegraph", " A\uff11 - b ") == "A1-b"
    assert normal_form("telegraph", "12-34 5") == "12345"


@given(st.sampled_from(sorted(recognizers())), st.text())
def test_any_text_has_a_normal_form(kind: str, text: str) -> None:
    """Nothing that a recognizer may call a value makes it fail."""
    assert isinstance(normal_form(kind, text), str)


@given(st.from_regex(r"(\+380|0)([ ().-]{0,2}[0-9]){8,10}[ )]?", fullmatch=True))
def test_ukrainian_number_needs_no_plan(text: str) -> None:
    """The short way to the form of a number leads where its numbering plan does."""
    assert numbering_plans.e164(text) == numbering_plans._form_by_plan(text)
