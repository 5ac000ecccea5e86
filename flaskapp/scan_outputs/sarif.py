"""The findings of ``flask scan`` as SARIF 2.1.0, which code hosts and editors show in place."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from alerting.files.fingerprint import VERSION as FINGERPRINT_VERSION
from alerting.files.located import FileFinding, Located
from alerting.files.survey import STANDARD_INPUT, Survey
from alerting.files.walk import Skipped
from flaskapp.version import VERSION

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(survey: Survey, findings: Sequence[FileFinding], *, width: int | None) -> str:  # noqa: ARG001
    """Return a log with one run; a rule is a kind."""
    kinds = sorted({one.located.kind for one in findings})
    run = {
        "tool": {
            "driver": {
                "name": "piigate",
                "version": VERSION,
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not survey.is_incomplete,
                "toolExecutionNotifications": [_notification(one) for one in survey.skipped],
            }
        ],
        "results": [_result(one, kinds) for one in findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(kind: str) -> dict[str, Any]:
    return {
        "id": kind,
        "shortDescription": {"text": f"Personal data of the kind {kind}."},
        "defaultConfiguration": {"level": "warning"},
    }


def _result(finding: FileFinding, kinds: Sequence[str]) -> dict[str, Any]:
    located = finding.located
    return {
        "ruleId": located.kind,
        "ruleIndex": kinds.index(located.kind),
        "level": "warning",
        "rank": round(located.confidence * 100, 1),
        "message": {"text": f"{located.kind} found ({located.why}): {located.excerpt}"},
        "locations": [_location(finding)],
        "partialFingerprints": {FINGERPRINT_VERSION: finding.fingerprint},
        "properties": {"confidence": located.confidence, "why": located.why},
    }


def _location(finding: FileFinding) -> dict[str, Any]:
    located = finding.located
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": artifact_uri(finding.path)},
            "region": {
                "startLine": located.start.line,
                "startColumn": located.start.column,
                "endLine": located.end.line,
                "endColumn": located.end.column,
            },
        }
    }
    if logical := _logical(located):
        location["logicalLocations"] = [logical]
    return location


def _logical(located: Located) -> dict[str, str] | None:
    if located.pointer is not None:
        return {"fullyQualifiedName": located.pointer, "kind": "value"}
    if located.column_name is not None:
        return {"fullyQualifiedName": located.column_name, "kind": "column"}
    return None


def _notification(skipped: Skipped) -> dict[str, Any]:
    return {
        "level": "note" if skipped.reason == "binary" else "warning",
        "message": {"text": f"Not scanned: {skipped.detail}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": artifact_uri(skipped.path)}}}
        ],
    }


def artifact_uri(path: str) -> str:
    """Return a path as a URI reference: relative below the current folder, else absolute."""
    if path == STANDARD_INPUT:
        return "stdin"
    whole = Path(os.path.normpath(Path(path).absolute()))
    here = Path.cwd()
    if whole.is_relative_to(here):
        return quote(os.fsencode(whole.relative_to(here)))
    return "file://" + quote(os.fsencode(whole))
