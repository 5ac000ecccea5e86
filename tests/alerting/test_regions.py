"""National telephone numbers in configured countries."""

import subprocess
import sys

import pytest

from alerting.detector import Detector
from alerting.finding import JsonValue
from alerting.numbering_plans import region_of_national, regions

VALID: list[tuple[str, JsonValue, str]] = [
    ("PL", "zadzwoń 601 234 567 dziś", "601 234 567"),
    ("PL", "22 123 45 67", "22 123 45 67"),
    ("PL", "601-234-567 ext 12", "601-234-567 ext 12"),
    ("PL", "0048 601 234 567", "0048 601 234 567"),
    ("PL", "601\u00a0234\u00a0567", "601\u00a0234\u00a0567"),
    ("PL", [601234567], "601234567"),
    ("DE", "030 123456", "030 123456"),
    ("DE", "(089) 1234-5678", "(089) 1234-5678"),
    ("DE", "01512 3456789.", "01512 3456789"),
    ("FR", "01.23.45.67.89", "01.23.45.67.89"),
    ("GB", "020 7946 0958", "020 7946 0958"),
    ("US", "2025550123", "2025550123"),
]
NOT_VALID: list[tuple[str, JsonValue]] = [
    ("PL", "601 234 56"),
    ("PL", "030 123456"),
    ("PL", "48601234567"),
    ("PL", "2024-03-12"),
    ("PL", "12.03.2024 10:11"),
    ("PL", 1748503543),
    ("PL", 1748503543012),
    ("DE", 1748503543),
    ("DE", "4930123456"),
    ("DE", "192.168.100.200"),
    ("US", "192.168.100.200"),
    ("US", 1748503543),
    ("US", "123-45-6789"),
    ("US", "550e8400-e29b-41d4-a716-446655440000"),
]
SOMETHING_ELSE: list[JsonValue] = [
    "order 601234567",
    {"id": 601234567},
    {"invoice": "601 234 567"},
    {"at": 50.1234567},
    -601234567,
    "/items/601234567",
    "#601234567",
    "$601234567",
    "a601234567",
    "601234567b",
    "601234567@x",
    "601234567-x",
    "50%601234567",
    "550e8400-e29b-41d4-a716-601234567",
]


@pytest.mark.parametrize(("region", "payload", "number"), VALID)
def test_a_valid_number_needs_no_evidence_in_its_country(
    region: str, payload: JsonValue, number: str
) -> None:
    """What nothing else says is a number is found where its country is configured, and whole."""
    (found,) = Detector(["phone"], regions=["UA", region]).scan(payload)
    text = payload if isinstance(payload, str) else "601234567"
    assert text[found.start : found.end] == number
    assert found.why.startswith(f"valid number in {region}")


@pytest.mark.parametrize(("region", "payload", "number"), VALID)
def test_elsewhere_it_needs_evidence(region: str, payload: JsonValue, number: str) -> None:
    """The same number is nothing in particular where its country is not configured."""
    assert Detector(["phone"]).scan(payload) == []
    assert Detector(["phone"], regions=["NL"]).scan(payload) == []


@pytest.mark.parametrize(("region", "payload"), NOT_VALID)
def test_what_is_not_valid_there_is_none(region: str, payload: JsonValue) -> None:
    """Dates, times, addresses and codes are no numbers of a configured country."""
    assert Detector(["phone"], regions=[region]).scan(payload) == []


@pytest.mark.parametrize("payload", SOMETHING_ELSE)
def test_what_is_something_else_is_none(payload: JsonValue) -> None:
    """Names before it and signs beside it say that a valid number is none."""
    assert Detector(["phone"], regions=["PL"]).scan(payload) == []


def test_other_kinds_are_surer() -> None:
    """A value that is also of a kind with a checksum or shape of its own stays of that kind."""
    texts: JsonValue = ["4111111111111111", "123-45-6789", "ІПН 1759013776", "12.34.56.78"]
    found = Detector(regions=["DK", "DE", "PL", "US"]).scan(texts)
    assert [one.kind for one in found] == ["card", "us_ssn", "ua_tax_id", "ip"]


def test_what_has_evidence_is_found_as_before() -> None:
    """Regions add numbers and change no other finding."""
    texts: JsonValue = ["067 123 45 67", "+44 20 7946 0958", "call 781 5991", "(415) 555-0132"]
    assert Detector(regions=["PL"]).scan(texts) == Detector().scan(texts)


def test_the_first_region_counts() -> None:
    """A number that is valid in several countries is of the one that stands first."""
    assert region_of_national("601 234 567", ["DE", "CZ", "PL"]) == "CZ"
    assert region_of_national("601 234 567", ["DE"]) is None
    assert {"DE", "PL", "UA"} < set(regions())


def test_numbering_plans_are_not_imported_before_they_are_needed() -> None:
    """A first scan without regions imports neither the plans nor what only addresses need."""
    code = (
        "import sys; from alerting.detector import scan; scan('a@example.com +380671234567');"
        "sys.exit(bool({'phonenumbers', 'Crypto'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
