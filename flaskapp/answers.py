"""How findings and jobs look in an answer. Knows no views; never shows a found value."""

from alerting.detector import Scan
from alerting.finding import Finding
from tasks.job_state import JobState, JobStatus, Progress


def scan_json(scan: Scan) -> dict[str, object]:
    """Return what a scan found as an answer shows it; it says so when the scan is partial."""
    members: dict[str, object] = {"findings": [finding_json(one) for one in scan.findings]}
    return members | {"scan": "partial"} if scan.is_partial else members


def finding_json(finding: Finding) -> dict[str, object]:
    """Return a finding as an answer shows it."""
    members: dict[str, object] = {
        "kind": finding.kind,
        "pointer": finding.pointer,
        "start": finding.start,
        "end": finding.end,
        "confidence": finding.confidence,
    }
    return {**members, "in_key": True} if finding.in_key else members


def job_json(state: JobState) -> dict[str, object]:
    """Return a job as an answer shows it; it has a result once it has finished.

    Before that it has its progress, if its task says how far it has come.
    """
    members: dict[str, object] = {
        "job_id": state.id,
        "task": state.task,
        "status": state.status.value,
    }
    if state.status is JobStatus.FINISHED:
        return {**members, "result": state.result}
    return {**members, "progress": progress_json(state.progress)} if state.progress else members


def progress_json(progress: Progress) -> dict[str, int]:
    """Return how far a job has come."""
    return {"done": progress.done, "total": progress.total}
