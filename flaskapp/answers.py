"""How findings and jobs look in an answer. Knows no views; never shows a found value."""

from collections.abc import Sequence

from alerting.finding import Finding
from tasks.job_state import JobState, JobStatus


def findings_json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return the findings as an answer shows them."""
    return [_finding_json(finding) for finding in findings]


def _finding_json(finding: Finding) -> dict[str, object]:
    members: dict[str, object] = {
        "kind": finding.kind,
        "pointer": finding.pointer,
        "start": finding.start,
        "end": finding.end,
        "confidence": finding.confidence,
    }
    return {**members, "in_key": True} if finding.in_key else members


def job_json(state: JobState) -> dict[str, object]:
    """Return a job as an answer shows it; it has a result once it has finished."""
    members: dict[str, object] = {
        "job_id": state.id,
        "task": state.task,
        "status": state.status.value,
    }
    return {**members, "result": state.result} if state.status is JobStatus.FINISHED else members
