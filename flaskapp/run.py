"""The way of a request, in one pass: the payload in, its alert recorded, its job's result out.

Knows the order of the steps; each step itself lives behind it.
"""

from dataclasses import replace

from flask import Blueprint, Request, Response, jsonify, url_for

from flaskapp import batch, idempotency
from flaskapp import payload as payloads
from flaskapp.acceptance import Accepted, Terms, accept
from flaskapp.admission import patience
from flaskapp.answers import job_json, scan_json
from flaskapp.auth import caller, check_scope, require
from flaskapp.outcome import outcome
from flaskapp.prefer import waiting
from flaskapp.presence import watch_client
from flaskapp.problems import Problem
from flaskapp.request_log import current_request, note
from flaskapp.seconds import parse_seconds
from flaskapp.services import Services, services
from tasks.errors import NotSubmitted
from tasks.job_state import JobState
from tasks.queues import known_queues
from tasks.registry import Task

bp = Blueprint("run", __name__)


@bp.post("/run")
@bp.post("/run/<task_name>")
@require("run")
def run(task_name: str | None = None) -> Response:
    """Run the payload through a task and answer with its result; of many payloads, each."""
    gate, asked = services(), current_request()
    named = gate.tasks.named(task_name or gate.settings.default_task)
    task = _in_time(gate, asked, _on_queue(gate, asked, named))
    note(task=task.name)
    if batch.is_batch(asked):
        return batch.run(gate, task)
    gate.count_payloads(1)
    payload = payloads.read(asked, gate.settings)
    wait = waiting(
        asked.headers, default_s=gate.settings.wait_timeout, max_s=gate.settings.max_wait
    )
    accepted = accept(
        gate,
        payload,
        task=task,
        key=idempotency.given_key(asked),
        terms=Terms(patience_s=patience(gate, task, wait), is_awaited=wait.seconds > 0),
    )
    try:
        job = outcome(
            gate.queue,
            accepted,
            timeout_s=wait.seconds,
            is_given_up=watch_client(asked.environ),
            headers=wait.applied,
        )
    except NotSubmitted:
        note(job_id=None)
        raise
    return _answer(job, accepted, headers=wait.applied)


def _on_queue(gate: Services, asked: Request, task: Task) -> Task:
    """Return the task on the queue that the caller chose, who needs a scope for that."""
    chosen = asked.args.get("queue")
    if chosen is None:
        return task
    check_scope(caller(), "queues", "admin")
    known = known_queues(gate.settings, gate.tasks)
    if chosen not in known:
        raise Problem("invalid-parameter", f"`queue` takes one of: {', '.join(known)}.")
    return replace(task, queue=chosen)


def _in_time(gate: Services, asked: Request, task: Task) -> Task:
    """Return the task with the time in which its job must start, where the caller bounds that."""
    chosen = asked.args.get("ttl")
    if chosen is None:
        return task
    longest_s = gate.settings.job_ttl
    ttl_s = parse_seconds(chosen)
    if not ttl_s or ttl_s > longest_s:
        raise Problem("invalid-parameter", f"`ttl` takes seconds above 0, up to {longest_s}.")
    return replace(task, ttl_s=ttl_s)


def _answer(job: JobState, accepted: Accepted, *, headers: dict[str, str]) -> Response:
    alert = {"alert_id": accepted.alert_id}
    answer = jsonify({**job_json(job), **scan_json(accepted.scan), **alert})
    answer.headers.update(headers)
    if not job.status.is_end:
        answer.status_code = 202
        answer.headers["Location"] = url_for("jobs.show", job_id=job.id)
    return answer
