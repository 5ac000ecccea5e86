"""Every disguise holds its own examples; these tests run them all."""

import pytest

import alerting.disguises
from alerting.detector import Detector
from alerting.disguise import ENTRY_POINT_GROUP
from alerting.finding import JsonValue
from alerting.plugins import discover

HIDDEN = [
    pytest.param(text, value, id=f"{name}-{number}")
    for name, module in discover(alerting.disguises, ENTRY_POINT_GROUP).items()
    for number, (text, value) in enumerate(module.DISGUISE.hidden.items())
]
KINDS = ("email", "phone")


@pytest.mark.parametrize(("text", "value"), HIDDEN)
def test_sees_through_its_examples(text: str, value: str) -> None:
    """The span of a disguised value is what is written, to the character."""
    (finding,) = Detector(KINDS).scan_text(text)
    assert text[finding.start : finding.end] == value


@pytest.mark.parametrize(("text", "value"), HIDDEN)
def test_examples_need_it(text: str, value: str) -> None:
    """With no disguise taken off, the examples are not found as they are written."""
    found = Detector(KINDS, seen_through=()).scan_text(text)
    assert value not in [text[one.start : one.end] for one in found]


def test_disguises_over_one_another_are_taken_off() -> None:
    """An address in percent code in Base64 is found, and the whole of it counts."""
    text = "see d3JpdGUgdG8gYW5uJTQwZXhhbXBsZS5jb20h"
    assert [(one.kind, text[one.start : one.end]) for one in Detector(KINDS).scan_text(text)] == [
        ("email", text.removeprefix("see "))
    ]


def test_a_number_over_members_is_found_in_each() -> None:
    """Every part of a number has a finding of its own, at its own place."""
    payload: JsonValue = {"code": "+380", "number": "961234567", "list": ["096", "1234567"]}
    assert [(one.kind, one.pointer, one.start, one.end) for one in Detector().scan(payload)] == [
        ("phone", "/code", 0, 4),
        ("phone", "/number", 0, 9),
        ("phone", "/list/0", 0, 3),
        ("phone", "/list/1", 0, 7),
    ]


@pytest.mark.parametrize(
    "payload",
    [
        {"year": "2024", "month": "03", "day": "12", "id": "0501"},
        ["050", "051", "052", "053"],
        "thanks @john.doe for the help",
        "meet at noon and look at example.com",
        "H2O2 and 5O3",
        "d41d8cd98f00b204e9800998ecf8427e",
        "internationalization/and/localization",
        "C:\\new\\temp\\readme",
        "100% of 2019–2021",
        "12\n34\n56\n78",
        "050,051,052,053,054",
        ["1", "5", "3", "2", "4", "4", "5", "1", "2", "3", "3"],
        "size_10_123_45_67",
        "<td>05012</td><td>34567</td>",
        "<b>12</b> items, <b>34</b> left",
        "3f2a6c616e6e40657861",
        "data_at_rest and dot_product_of",
        "lO1 and Il0 are hard to tell apart",
    ],
)
def test_what_merely_looks_disguised_is_none(payload: JsonValue) -> None:
    """Ordinary texts that use the same signs have no finding."""
    assert Detector().scan(payload) == []


@pytest.mark.parametrize("text", ["%2540" * 9 + "%252540a@b", "[at]" * 5_000])
def test_a_scan_that_gives_up_says_so(text: str) -> None:
    """Disguises four deep, or more of them than the size allows, make the scan partial."""
    deep = text
    for _ in range(3):
        deep = deep.replace("%", "%25")
    assert Detector().examine(deep).is_partial
    assert not Detector().examine("ann%40example.com").is_partial


def test_the_budget_grows_with_the_payload() -> None:
    """A large payload with a disguise here and there is scanned to the end."""
    scan = Detector().examine(["ann%40example.com and some more words around it" * 2] * 20_000)
    assert not scan.is_partial
    assert len(scan.findings) == 40_000
