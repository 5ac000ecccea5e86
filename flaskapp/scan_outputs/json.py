"""The findings of ``flask scan`` as JSON, for programs."""

import json
from collections.abc import Sequence
from typing import Any

from alerting.files.located import FileFinding
from alerting.files.survey import Survey


def render(survey: Survey, findings: Sequence[FileFinding], *, width: int | None) -> str:  # noqa: ARG001
    """Return one document: the findings, how many files were scanned, and what was skipped."""
    document = {
        "findings": [_finding(one) for one in findings],
        "files": len(survey.subjects),
        "skipped": [
            {"path": one.path, "reason": one.reason, "detail": one.detail} for one in survey.skipped
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: FileFinding) -> dict[str, Any]:
    located = finding.located
    return {
        "path": finding.path,
        "line": located.start.line,
        "column": located.start.column,
        "end_line": located.end.line,
        "end_column": located.end.column,
        "kind": located.kind,
        "confidence": located.confidence,
        "why": located.why,
        "pointer": located.pointer,
        "column_name": located.column_name,
        "excerpt": located.excerpt,
        "fingerprint": finding.fingerprint,
    }
