"""The task ``redact``: personal data replaced by numbered placeholders."""

from alerting.finding import JsonValue
from alerting.redaction import redacted
from alerting.scanner import open_scanner
from tasks.registry import task
from tasks.settings import TasksSettings


@task(idempotent=True)
def redact(payload: JsonValue) -> JsonValue:
    """Return the payload with each value found replaced by `<EMAIL_1>` and the like."""
    return redacted(payload, open_scanner(TasksSettings.load()).scan(payload))
