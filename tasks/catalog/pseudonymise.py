"""The task ``pseudonymise``: personal data replaced by keyed pseudonyms."""

from alerting.finding import JsonValue
from alerting.redaction import pseudonymised
from alerting.scanner import open_scanner, pseudonym_key
from tasks.registry import task
from tasks.settings import TasksSettings


@task(idempotent=True)
def pseudonymise(payload: JsonValue) -> JsonValue:
    """Return the payload with each value found replaced by a pseudonym, alike in every payload."""
    settings = TasksSettings.load()
    findings = open_scanner(settings).scan(payload)
    return pseudonymised(payload, findings, key=pseudonym_key(settings))
