"""A job's life as server-sent events (HTML Living Standard, 9.2). Knows nothing of how it runs.

A stream holds one thread of its process, so that there is a bound on their number. It ends with
the job, its client, the longest wait, or the process; a client that comes again is told the job's
state as it is then.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import Blueprint, Response, request

from flaskapp.answers import job_json, progress_json
from flaskapp.auth import require
from flaskapp.jobs import visible_job
from flaskapp.presence import watch_client, watch_server
from flaskapp.problems import Problem
from flaskapp.services import services
from tasks.errors import JobNotFound, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.ports import JobQueue

bp = Blueprint("events", __name__)

HEARTBEAT_S = 15.0
_LOOK_AGAIN_S = 1.0
_COME_AGAIN_MS = 2000
_END = "end"


@bp.get("/jobs/<job_id>/events")
@require("run", "admin")
def stream(job_id: str) -> Response:
    """Answer with the job's state, its changes, its progress and its end, as they come."""
    gate = services()
    job = visible_job(gate, job_id)
    if job.status.is_end and request.headers.get("Last-Event-ID") == _END:
        return Response(status=204)  # The one answer after which a browser does not come again.
    if not gate.streams.acquire(blocking=False):
        raise Problem("too-many-streams")
    deadline = time.monotonic() + gate.settings.max_wait
    has_left, is_stopping = watch_client(request.environ), watch_server(request.environ)
    states = follow(
        gate.queue,
        job,
        is_over=lambda: time.monotonic() > deadline or has_left() or is_stopping(),
    )
    answer = Response(written(states), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would keep events back.
    answer.call_on_close(gate.streams.release)
    return answer


def follow(queue: JobQueue, job: JobState, *, is_over: Callable[[], bool]) -> Iterator[JobState]:
    """Yield the job's state now and about once a second or sooner, up to its end."""
    yield job
    while not job.status.is_end and not is_over():
        job = _later(queue, job)
        yield job


def _later(queue: JobQueue, job: JobState) -> JobState:
    """Return the job as it is when it has changed or a while has passed."""
    try:
        return queue.wait_for_change(job, timeout_s=_LOOK_AGAIN_S)
    except JobNotFound:
        return replace(job, status=JobStatus.CANCELED)
    except QueueUnavailable:
        time.sleep(_LOOK_AGAIN_S)
        return job


def written(states: Iterator[JobState]) -> Iterator[str]:
    """Yield the events that tell of the states, and a sign of life when there is nothing to tell.

    A sign of life is a comment, which clients skip; it shows proxies that the stream goes on.
    """
    yield f"retry: {_COME_AGAIN_MS}\n\n"
    spoken_at = time.monotonic()
    known: JobState | None = None
    for state in states:
        text = _news(known, state)
        if not text and time.monotonic() - spoken_at >= HEARTBEAT_S:
            text = ": heartbeat\n\n"
        if text:
            yield text
            spoken_at = time.monotonic()
        known = state


def _news(known: JobState | None, state: JobState) -> str:
    """Return the events that lead from what is known to a state."""
    text = ""
    if state.progress and (known is None or state.progress != known.progress):
        told = progress_json(state.progress)
        text += _event("progress", told, id_=f"{state.progress.done}/{state.progress.total}")
    if state.status.is_end:
        text += _event(_END, job_json(state), id_=_END)
    elif known is None or state.status is not known.status:
        text = _event("state", job_json(state), id_=state.status.value) + text
    return text


def _event(name: str, data: object, *, id_: str) -> str:
    """Return one event; JSON has no line breaks, which would end its data."""
    return f"event: {name}\nid: {id_}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
