"""The way of a request, in one pass: the payload in, its alert recorded, its job's result out.

Knows the order of the steps; each step itself lives behind it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, Response, jsonify, request, url_for

from alerting.detector import Scan
from alerting.errors import AlertNotRecorded, ScanPartial
from alerting.finding import Finding, JsonValue
from flaskapp import idempotency
from flaskapp import payload as payloads
from flaskapp.answers import job_json, scan_json
from flaskapp.auth import caller, check_scope, require
from flaskapp.client_socket import watch_client
from flaskapp.prefer import waiting
from flaskapp.problems import Problem
from flaskapp.queues import known_queues
from flaskapp.request_log import note, request_id
from flaskapp.services import Services, services
from tasks.claim import Claim, Submission
from tasks.errors import JobNotFound, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.registry import Task

bp = Blueprint("run", __name__)

_PROBLEM_OF_END = {
    JobStatus.FAILED: "task-failed",
    JobStatus.TIMED_OUT: "task-timeout",
    JobStatus.CANCELED: "job-canceled",
}


@bp.post("/run")
@bp.post("/run/<task_name>")
@require("run")
def run(task_name: str | None = None) -> Response:
    """Run the payload through a task and answer with its result."""
    gate = services()
    task = _on_queue(gate, gate.tasks.named(task_name or gate.settings.default_task))
    note(task=task.name)
    payload = payloads.read(request, gate.settings)
    scan = _scan(gate, payload)
    claim = _claim(gate, payload, task=task)
    earlier = idempotency.earlier(gate.queue, claim) if claim else None
    accepted = earlier or _accept(gate, payload, scan.findings, task=task, claim=claim)
    note(alert_id=accepted.alert_id, job_id=accepted.job_id, is_replayed=True if earlier else None)
    wait = waiting(
        request.headers, default_s=gate.settings.wait_timeout, max_s=gate.settings.max_wait
    )
    job = _submitted(accepted.job_id, task)
    if earlier or wait.seconds:
        job = _wait(gate, job, timeout_s=wait.seconds, is_replayed=earlier is not None)
    return _answer(job, scan=scan, alert_id=accepted.alert_id, headers=wait.applied)


def _on_queue(gate: Services, task: Task) -> Task:
    """Return the task on the queue that the caller chose, who needs a scope for that."""
    chosen = request.args.get("queue")
    if chosen is None:
        return task
    check_scope(caller(), "queues", "admin")
    known = known_queues(gate.settings, gate.tasks)
    if chosen not in known:
        raise Problem("invalid-parameter", f"`queue` takes one of: {', '.join(known)}.")
    return replace(task, queue=chosen)


def _scan(gate: Services, payload: JsonValue) -> Scan:
    """Return what is found; where a scan gave up, the setting decides whether to go on."""
    scan = gate.scanner.examine(payload)
    note(**scan.facts)
    if scan.is_partial and gate.settings.scan_failure == "closed":
        raise ScanPartial
    return scan


def _claim(gate: Services, payload: JsonValue, *, task: Task) -> Claim | None:
    """Return the request's claim on its idempotency key, if it has one."""
    key = idempotency.given_key(request)
    if key is None:
        return None
    return gate.fingerprints.claim(key, caller=caller().name, task=task, payload=payload)


def _accept(
    gate: Services,
    payload: JsonValue,
    findings: Sequence[Finding],
    *,
    task: Task,
    claim: Claim | None,
) -> Submission:
    """Record the alert and submit the job; a claim that comes to nothing is free again."""
    who = caller().name
    try:
        alert_id = _record(gate, payload, findings, task=task) if findings else None
        claim = claim and replace(claim, alert_id=alert_id)
        job_id = gate.queue.submit(task, payload, caller=who, request_id=request_id(), claim=claim)
    except Exception:
        if claim:
            with suppress(QueueUnavailable):  # It ends by itself.
                gate.queue.release(claim)
        raise
    return Submission(job_id=job_id, alert_id=alert_id)


def _record(
    gate: Services, payload: JsonValue, findings: Sequence[Finding], *, task: Task
) -> str | None:
    """Record the alert and return its id; without one the setting decides whether to go on."""
    try:
        alert = gate.alerts.record(
            payload, findings, caller=caller().name, task=task.name, request_id=request_id()
        )
    except AlertNotRecorded:
        if gate.settings.alert_failure == "closed":
            raise
        note(reason="alert-not-recorded")
        return None
    note(alert_id=alert.id)
    return alert.id


def _submitted(job_id: str, task: Task) -> JobState:
    """Return what is known of a job that was only just submitted."""
    return JobState(
        id=job_id,
        task=task.name,
        caller=caller().name,
        request_id=request_id(),
        status=JobStatus.QUEUED,
    )


def _wait(gate: Services, job: JobState, *, timeout_s: float, is_replayed: bool) -> JobState:
    """Return the job as it is when the wait ends.

    The queue has accepted the job, so losing sight of the queue is no reason to call it failed.
    """
    try:
        return gate.queue.wait(
            job.id, timeout_s=timeout_s, is_given_up=watch_client(request.environ)
        )
    except QueueUnavailable:
        return job
    except JobNotFound:
        raise Problem("result-expired" if is_replayed else "job-canceled") from None


def _answer(
    job: JobState,
    *,
    scan: Scan,
    alert_id: str | None,
    headers: dict[str, str],
) -> Response:
    if slug := _PROBLEM_OF_END.get(job.status):
        raise Problem(slug, headers=headers)
    answer = jsonify({**job_json(job), **scan_json(scan), "alert_id": alert_id})
    answer.headers.update(headers)
    if not job.status.is_end:
        answer.status_code = 202
        answer.headers["Location"] = url_for("jobs.show", job_id=job.id)
    return answer
