"""Many payloads in one request, one a line (NDJSON), answered line by line in their order.

Each line is accepted or refused by itself; the jobs of all run while the answer is written.
"""

import json
import time
from collections.abc import Callable, Iterator

from flask import Request, Response, request

from alerting.ids import new_id
from flaskapp import idempotency
from flaskapp import payload as payloads
from flaskapp.acceptance import Accepted, Terms, accept
from flaskapp.admission import admit, patience
from flaskapp.answers import job_json, scan_json
from flaskapp.auth import caller
from flaskapp.outcome import outcome
from flaskapp.prefer import waiting
from flaskapp.presence import watch_client
from flaskapp.problems import Problem, as_problem, problem_json
from flaskapp.request_log import note
from flaskapp.services import Services
from tasks.group import Place
from tasks.ports import JobQueue
from tasks.registry import Task

MEDIA_TYPE = "application/x-ndjson"
GROUP_HEADER = "Piigate-Group"

_Line = tuple[int, Accepted | Problem]
"""A line's number, and what it came to."""


def is_batch(given: Request) -> bool:
    """Return whether a request says that it holds a payload a line."""
    return given.mimetype == MEDIA_TYPE


def run(gate: Services, task: Task) -> Response:
    """Run each line through the task and answer with a line for each; raises Problem."""
    key = idempotency.given_key(request)
    settings = gate.settings
    texts = payloads.read_lines(request, settings)
    gate.count_payloads(len(texts))
    wait = waiting(request.headers, default_s=settings.wait_timeout, max_s=settings.max_wait)
    admit(gate, task, patience_s=patience(gate, task, wait))  # All of them, or none.
    group_id = _group_id(gate, key)
    lines = [
        (
            number,
            _accepted(
                gate,
                text,
                task=task,
                key=key and f"{key}\n{number}",
                terms=Terms(place=Place(group_id=group_id, line=number)),
            ),
        )
        for number, text in texts
    ]
    _note(lines)
    written = _written(
        gate.queue,
        lines,
        deadline=time.monotonic() + wait.seconds,
        is_given_up=watch_client(request.environ),
    )
    headers = {GROUP_HEADER: group_id, **wait.applied}
    return Response(written, mimetype=MEDIA_TYPE, headers=headers)


def _group_id(gate: Services, key: str | None) -> str:
    """Return the id of the batch's group; what is sent again under a key is the same group."""
    if key is None:
        return new_id()
    return gate.fingerprints.group_id(key, caller=caller().name)


def _accepted(
    gate: Services, text: bytes, *, task: Task, key: str | None, terms: Terms
) -> Accepted | Problem:
    settings = gate.settings
    try:
        payload = payloads.parse(text, max_depth=settings.max_depth, max_values=settings.max_values)
        return accept(gate, payload, task=task, key=key, terms=terms)
    except Exception as error:  # one line's fault is not the others'
        problem = as_problem(error)
        if problem is None:
            raise
        return problem


def _note(lines: list[_Line]) -> None:
    """Say of the whole batch what the log line of a request says of its payload."""
    accepted = [one for _, one in lines if isinstance(one, Accepted)]
    kinds = dict.fromkeys(finding.kind for one in accepted for finding in one.scan.findings)
    note(
        lines=len(lines),
        refused=len(lines) - len(accepted),
        kinds=tuple(kinds),
        scan="partial" if any(one.scan.is_partial for one in accepted) else None,
        job_id=None,
        alert_id=None,
    )


def _written(
    queue: JobQueue, lines: list[_Line], *, deadline: float, is_given_up: Callable[[], bool]
) -> Iterator[str]:
    """Yield the answer's lines, each as soon as its job and those before it have ended."""
    for number, line in lines:
        left_s = max(0.0, deadline - time.monotonic())
        members = _ended(queue, line, timeout_s=left_s, is_given_up=is_given_up)
        yield json.dumps({"line": number, **members}, ensure_ascii=False) + "\n"


def _ended(
    queue: JobQueue,
    line: Accepted | Problem,
    *,
    timeout_s: float,
    is_given_up: Callable[[], bool],
) -> dict[str, object]:
    """Return what `/run` would have answered for the line alone."""
    if isinstance(line, Problem):
        return problem_json(line)
    try:
        job = outcome(queue, line, timeout_s=timeout_s, is_given_up=is_given_up)
    except Problem as problem:
        return {**problem_json(problem), "job_id": line.job.id, "alert_id": line.alert_id}
    return {**job_json(job), **scan_json(line.scan), "alert_id": line.alert_id}
