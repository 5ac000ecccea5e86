"""SARIF 2.1.0: the rules of the standard that code hosts insist on."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # ships no types
import pytest

from alerting.files.survey import Survey
from flaskapp.scan_outputs import sarif
from tests.flaskapp.scan_outputs.sarif_schema import SCHEMA
from tests.flaskapp.scan_outputs.surveys import EMAIL, PHONE, survey_of


def run_of(survey: Survey) -> dict[str, Any]:
    """Render a survey, hold it against the schema, and return its run."""
    text = sarif.render(survey, survey.findings, width=None)
    assert EMAIL not in text
    assert PHONE not in text
    log = json.loads(text)
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    return dict(run)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_log_keeps_to_the_standard() -> None:
    """All formats, and files that were skipped, make a valid log."""
    found = survey_of(
        Path(),
        a__txt=f"mail {EMAIL}",
        b__json=f'{{"a": "{PHONE}"}}',
        c__csv=f"mail\n{EMAIL}",
        d__bin="\0",
    )
    run = run_of(found)

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["email", "phone"]
    assert [(one["ruleId"], one["ruleIndex"]) for one in run["results"]] == [
        ("email", 0),
        ("phone", 1),
        ("email", 0),
    ]
    assert [one["locations"][0].get("logicalLocations") for one in run["results"]] == [
        None,
        [{"fullyQualifiedName": "/a", "kind": "value"}],
        [{"fullyQualifiedName": "mail", "kind": "column"}],
    ]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "Not scanned: binary"


def test_columns_count_code_points_and_end_after_the_value() -> None:
    """The log says how it counts, so that a character beyond the first plane is one column."""
    run = run_of(survey_of(Path(), a__txt=f"\n🦊 {EMAIL}"))
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "startColumn": 3,
        "endLine": 2,
        "endColumn": 19,
    }


def test_fingerprints_outlive_other_changes() -> None:
    """A result keeps its fingerprint when lines come before it."""
    first = run_of(survey_of(Path(), a__txt=EMAIL))["results"][0]
    second = run_of(survey_of(Path(), a__txt=f"new\n\n{EMAIL}"))["results"][0]
    assert first["partialFingerprints"] == second["partialFingerprints"]


def test_nothing_found_is_a_log_too() -> None:
    """A code host closes its alerts by an empty list of results."""
    run = run_of(survey_of(Path(), a__txt="nothing"))
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ї.txt", "a%20b/%D1%97.txt"),
        ("./x/../a%.txt", "a%25.txt"),
        ("/elsewhere/a.txt", "file:///elsewhere/a.txt"),
        ("\udcff.txt", "%FF.txt"),
        ("<stdin>", "stdin"),
    ],
)
def test_paths_become_uris(path: str, uri: str) -> None:
    """Below the current folder a path stays relative; every byte that needs it is escaped."""
    assert sarif.artifact_uri(path) == uri
