"""The found values themselves, taken out of the payload again, since findings hold none."""

from collections.abc import Iterable, Iterator

from alerting.finding import Finding, JsonValue
from alerting.json_text import value_text


def value_of(payload: JsonValue, finding: Finding) -> str:
    """Return the value that a scan of the payload found."""
    return next(values_of(payload, [finding]))


def values_of(payload: JsonValue, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield the value of each finding, in their order; the payload must not change meanwhile."""
    members: dict[int, list[tuple[str, JsonValue]]] = {}  # listed once, not for every finding
    for finding in findings:
        name, value = "", payload
        for number in finding.place:
            if isinstance(value, dict):
                if id(value) not in members:
                    members[id(value)] = list(value.items())
                name, value = members[id(value)][number]
            elif isinstance(value, list):
                value = value[number]
        text = name if finding.in_key else value_text(value)
        yield text[finding.start : finding.end]
