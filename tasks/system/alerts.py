"""The jobs of the queue `alerts`: one handles alerts that wait, one tells a sink of an incident."""

import rq

from alerting.finding import JsonValue
from alerting.records.tellings import Telling
from tasks.alert_desk import process_desk
from tasks.alert_handler import ALERTS_QUEUE, HANDLE_TASK
from tasks.alert_teller import TELL_TASK
from tasks.errors import NotJson
from tasks.registry import task


@task(name=HANDLE_TASK, queue=ALERTS_QUEUE, idempotent=True)
def handle_alerts(payload: JsonValue) -> JsonValue:  # noqa: ARG001 - as all tasks
    """Record alerts that wait, group them, and have sinks told of what is due."""
    job = rq.get_current_job()
    return process_desk().handle(job.id if job else "")


@task(name=TELL_TASK, queue=ALERTS_QUEUE, idempotent=True)
def tell_incident(payload: JsonValue) -> JsonValue:
    """Tell a sink of an incident."""
    match payload:
        case {"incident_id": str(incident), "sink": str(sink), "job_id": str(job)}:
            telling = Telling(incident_id=incident, sink=sink, job_id=job)
            return process_desk().teller.tell(telling)
        case _:
            raise NotJson
