"""The task ``echo``: the payload comes back as it went in."""

from alerting.finding import JsonValue
from tasks.registry import task


@task(idempotent=True)
def echo(payload: JsonValue) -> JsonValue:
    """Return the payload unchanged."""
    return payload
