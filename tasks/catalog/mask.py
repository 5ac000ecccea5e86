"""The task ``mask``: personal data masked as in the log."""

from alerting.finding import JsonValue
from alerting.masking import masked
from alerting.scanner import open_scanner
from tasks.registry import task
from tasks.settings import TasksSettings


@task(idempotent=True)
def mask(payload: JsonValue) -> JsonValue:
    """Return the payload with each value found masked, as in `a***@e***.com`."""
    return masked(payload, open_scanner(TasksSettings.load()).scan(payload))
