"""The reports that hold a value are told from those that do not, and from those nobody can tell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.pseudonym import alert_digest
from alerting.report import render
from alerting.report_search import ReportSearch, Verdict
from tests.alerting.test_alert import alert

KEY = "a key for tests only"
Examine = Callable[[str], Verdict]


def search_for(kind: str, value: str, *, regions: tuple[str, ...] = ()) -> ReportSearch:
    """Return the search for a value."""
    digest = alert_digest(KEY, kind, value)
    return ReportSearch(kind=kind, digest=digest, key=KEY, regions=regions)


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    """Return a function that looks for a telephone number in a text."""

    def verdict(text: str) -> Verdict:
        path = tmp_path / "report.txt"
        path.write_text(text)
        return search_for("phone", "+380961234567").examine(path)

    return verdict


@pytest.mark.parametrize(
    "payload",
    [
        {"phone": "+380961234567"},
        {"phone": 380961234567},
        {"contacts": [{"note": "call 096 123-45-67, please"}]},
        {"+38 (096) 123 45 67": None},
        "096 * 123 * 45 * 67 or 0961234567",
        {"email": "ann@example.com", "other": "0671234567", "phone": "0961234567"},
    ],
)
def test_any_form_of_the_value_is_found(examine: Examine, payload: JsonValue) -> None:
    """The value counts wherever it is and however it is written."""
    assert examine(render(alert("phone"), payload)) is Verdict.HOLDS


@pytest.mark.parametrize("payload", [{"phone": "+380961234568"}, {"email": "ann@example.com"}])
def test_another_value_is_another(examine: Examine, payload: JsonValue) -> None:
    """A report about other values is not about this one."""
    kinds = [one.kind for one in scan(payload)]
    assert examine(render(alert(*kinds), payload)) is Verdict.HOLDS_NOT


def test_a_masked_report_is_told(examine: Examine) -> None:
    """A report that names the kind but shows no value of it is masked; of other kinds it is not."""
    payload: JsonValue = {"phone": "+380961234567"}
    hidden = masked(payload, scan(payload))
    assert examine(render(alert("phone"), hidden)) is Verdict.MASKED
    assert examine(render(alert("email"), hidden)) is Verdict.HOLDS_NOT


def test_what_cannot_be_read_is_told(examine: Examine, tmp_path: Path) -> None:
    """A report that was cut, is no text, or hides too much to see through, is left to people."""
    assert examine("ALERT TYPE: phone\nTIME: ") is Verdict.UNREADABLE
    assert examine(render(alert("phone"), "[at]" * 2_000)) is Verdict.UNREADABLE
    (tmp_path / "binary").write_bytes(b"ALERT TYPE: \xff")
    search = search_for("phone", "+380961234567")
    assert search.examine(tmp_path / "binary") is Verdict.UNREADABLE
    assert search.examine(tmp_path) is Verdict.UNREADABLE
    assert search.examine(tmp_path / "gone") is Verdict.HOLDS_NOT


def test_an_installation_finds_what_it_found_before(tmp_path: Path) -> None:
    """National numbers of the countries of an installation are found in its reports."""
    path = tmp_path / "report.txt"
    path.write_text(render(alert("phone"), {"x": "512 345 678"}))
    assert search_for("phone", "512345678").examine(path) is not Verdict.HOLDS
    assert search_for("phone", "512345678", regions=("PL",)).examine(path) is Verdict.HOLDS


def test_no_other_kind_stands_before_the_value(tmp_path: Path) -> None:
    """A value is found also where, among all kinds, it would be taken for something else."""
    path = tmp_path / "report.txt"
    payload: JsonValue = {"link": "https://ann:secret@example.com/"}
    (finding,) = scan(payload)
    path.write_text(render(alert(finding.kind), payload))
    assert finding.kind != "email"
    assert search_for("email", "secret@example.com").examine(path) is Verdict.HOLDS
