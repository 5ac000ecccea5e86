"""From a payload to its job: what is found in it, its alert recorded, its job submitted.

Knows the caller and the log line of the current request, not what the request asked for.
"""

import math
from contextlib import suppress
from dataclasses import dataclass, replace

from alerting.alert import Alert
from alerting.detector import Scan
from alerting.errors import AlertNotRecorded, ScanPartial
from alerting.fibers import let_others_catch_up
from alerting.finding import JsonValue
from alerting.ids import new_job_id
from flaskapp import idempotency
from flaskapp.admission import admit
from flaskapp.auth import caller
from flaskapp.request_log import note, request_id
from flaskapp.services import Services
from tasks.alert_entry import AlertEntry
from tasks.claim import Claim, Submission
from tasks.errors import QueueUnavailable
from tasks.group import Place
from tasks.job_state import JobState, JobStatus
from tasks.registry import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A payload that has its job; ``is_replayed`` when an earlier request has made that."""

    job: JobState
    scan: Scan
    alert_id: str | None
    is_replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a new job must keep to: how long it may be queued, and its place in a group.

    ``is_awaited`` when whoever submits it waits for it next.
    """

    patience_s: float = math.inf
    place: Place | None = None
    is_awaited: bool = False


def accept(
    gate: Services, payload: JsonValue, *, task: Task, key: str | None, terms: Terms
) -> Accepted:
    """Return the payload's job; with an idempotency key that has one already, that job."""
    scan = _scan(gate, payload)
    let_others_catch_up()
    who = caller().name
    claim = (
        None
        if key is None
        else gate.fingerprints.claim(key, caller=who, task=task, payload=payload)
    )
    earlier = idempotency.earlier(gate.queue, claim) if claim else None
    submission = earlier or _submit(gate, payload, scan, task=task, claim=claim, terms=terms)
    note(alert_id=submission.alert_id, job_id=submission.job_id)
    if earlier:
        note(is_replayed=True)
    job = JobState(
        id=submission.job_id,
        task=task.name,
        caller=who,
        request_id=request_id(),
        status=JobStatus.QUEUED,
    )
    return Accepted(
        job=job, scan=scan, alert_id=submission.alert_id, is_replayed=earlier is not None
    )


def _scan(gate: Services, payload: JsonValue) -> Scan:
    """Return what is found; where a scan gave up, the setting decides whether to go on."""
    scan = gate.scanner.examine(payload)
    note(**scan.facts)
    if scan.is_partial and gate.settings.scan_failure == "closed":
        raise ScanPartial
    return scan


def _submit(
    gate: Services,
    payload: JsonValue,
    scan: Scan,
    *,
    task: Task,
    claim: Claim | None,
    terms: Terms,
) -> Submission:
    """Record the alert and submit the job; a claim that comes to nothing is free again."""
    who = caller().name
    try:
        admit(gate, task, patience_s=terms.patience_s)
        alert = _record(gate, payload, scan, task=task) if scan.findings else None
        alert_id = alert.id if alert else None
        claim = claim and replace(claim, alert_id=alert_id)
        job_id = gate.queue.submit(
            task,
            payload,
            caller=who,
            request_id=request_id(),
            claim=claim,
            place=terms.place,
            alert=_entry(gate, alert, payload) if alert else None,
            is_awaited=terms.is_awaited,
        )
    except Exception:
        if claim:
            with suppress(QueueUnavailable):  # It ends by itself.
                gate.queue.release(claim)
        raise
    return Submission(job_id=job_id, alert_id=alert_id)


def _record(gate: Services, payload: JsonValue, scan: Scan, *, task: Task) -> Alert | None:
    """Record the alert and return it; without one the setting decides whether to go on.

    With ``ALERT_RECORDING=queued`` it is recorded by being submitted with the payload's job.
    """
    try:
        alert = gate.alerts.record(
            payload,
            scan,
            caller=caller().name,
            task=task.name,
            request_id=request_id(),
            job_id=new_job_id(),
        )
    except AlertNotRecorded:
        if gate.settings.alert_failure == "closed":
            raise
        note(reason="alert-not-recorded")
        return None
    note(alert_id=alert.id)
    return alert


def _entry(gate: Services, alert: Alert, payload: JsonValue) -> AlertEntry:
    return AlertEntry(job_id=alert.job_id, entry=gate.alerts.pack(alert, payload))
