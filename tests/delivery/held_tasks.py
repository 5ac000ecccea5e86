"""Two tasks that write down each of their runs; workers find them as a plug-in."""

import os

import rq

from alerting.finding import JsonValue
from tasks import task
from tests.delivery.hold import OPENING, RUNNING, hold, note_run


@task(idempotent=True)
def note_again(payload: JsonValue) -> JsonValue:
    """Write the run down; may run twice."""
    return _note(payload)


@task()
def note(payload: JsonValue) -> JsonValue:
    """Write the run down; may not run twice."""
    return _note(payload)


def _note(payload: JsonValue) -> JsonValue:
    job = rq.get_current_job()
    assert job
    note_run(payload, job.id)
    for step in (OPENING, RUNNING):
        hold(payload, job.id, at=step, worker=os.getppid(), horse=os.getpid())
    return "noted"
