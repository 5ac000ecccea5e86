"""The three lines of a report, which people and scripts rely on."""

import ast
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.errors import InvalidReport
from alerting.finding import JsonValue
from alerting.report import Report, local_time, parse, render
from tests.alerting.test_alert import alert

PAYLOADS: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)

MOMENT = datetime(2025, 5, 9, 10, 58, 40, 999_999, tzinfo=UTC)


@pytest.fixture
def kyiv_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the host's clock to three hours east of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EET-3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("kyiv_time")
def test_a_report_has_the_three_lines_of_the_contract() -> None:
    """Kinds, local time and the payload as Python writes it, byte for byte."""
    payload: JsonValue = {
        "name": "Test User",
        "email": "test@example.com",
        "phone": "+380961234567",
    }
    assert render(replace(alert("email", "phone"), recorded_at=MOMENT), payload) == (
        "ALERT TYPE: email and phone\n"
        "TIME: 2025-05-09_13-58-40\n"
        "DATA: {'name': 'Test User', 'email': 'test@example.com', 'phone': '+380961234567'}\n"
    )


@pytest.mark.parametrize(
    ("kinds", "spoken"),
    [
        (["email"], "email"),
        (["phone", "email"], "phone and email"),
        (["iban", "phone", "email"], "iban, phone and email"),
    ],
)
def test_kinds_are_joined_as_in_a_sentence(kinds: list[str], spoken: str) -> None:
    """One kind stands alone, two are joined by "and", more by commas and a last "and"."""
    assert render(alert(*kinds), None).startswith(f"ALERT TYPE: {spoken}\n")


@pytest.mark.usefixtures("kyiv_time")
def test_time_is_local_and_cut_to_the_second() -> None:
    """The host's time zone decides, and seconds are never rounded up."""
    assert local_time(MOMENT) == "2025-05-09_13-58-40"


@given(PAYLOADS)
def test_data_is_one_line_that_reads_back(payload: JsonValue) -> None:
    """Whatever the payload holds, DATA is the third and last line and loses nothing."""
    *_, data, end = render(alert("email"), payload).split("\n")
    assert end == ""
    assert data.isprintable()
    assert ast.literal_eval(data.removeprefix("DATA: ")) == payload
    assert parse(render(alert("email"), payload)) == Report(kinds=["email"], data=payload)


def test_deep_and_long_payloads_are_shown_whole() -> None:
    """A payload of the deepest nesting allowed and a megabyte of text fit into the line."""
    deep: JsonValue = "x" * 2**20
    for _ in range(500):
        deep = [deep]
    data = render(alert("email"), deep).splitlines()[2]
    assert len(data) == len("DATA: ''") + 2**20 + 2 * 500


def test_a_report_names_its_kinds_again() -> None:
    """The kinds that are joined as in a sentence are told apart."""
    assert parse(render(alert("iban", "phone", "email"), {})).kinds == ["iban", "phone", "email"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\n",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: {'email': 'test@exa",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: open('/etc/passwd')\n",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: ('a', 1)\n",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: {1: 2}\n",
        "ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: [1]\nmore\n",
        f"ALERT TYPE: email\nTIME: 2025-05-09_13-58-40\nDATA: {'[' * 500}{']' * 500}\n",
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    """A text that was cut or edited, or nests too deep for Python's parser, is never guessed at."""
    with pytest.raises(InvalidReport):
        parse(text)
