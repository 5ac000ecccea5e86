"""Masking of found values, for masked reports, the log and redaction. Knows no files."""

from collections.abc import Iterable, Sequence

from alerting.detector import recognizers, reference_token, scan_text
from alerting.finding import Finding, JsonValue
from alerting.page import number_text
from alerting.recognizer import mask_all


def mask_value(kind: str, text: str) -> str:
    """Mask a value the way its kind asks for; keep nothing of a kind that is not installed."""
    recognizer = recognizers().get(kind)
    return recognizer.mask(text) if recognizer else mask_all(text)


def masked_text(text: str) -> str:
    """Return a text with every value found in it masked."""
    return _masked_spans(text, scan_text(text))


def masked(payload: JsonValue, findings: Sequence[Finding]) -> JsonValue:
    """Return a deep copy of a payload with the found values masked, in names too.

    A number with a finding becomes a text. Members whose names are masked alike share a pointer:
    what was found in one of them is masked in each.
    """
    names = _by_parent(finding for finding in findings if finding.in_key)
    values: dict[str, list[Finding]] = {}
    for finding in findings:
        if not finding.in_key:
            values.setdefault(finding.pointer, []).append(finding)
    copies: list[tuple[JsonValue, JsonValue, str]] = []

    def copy(value: JsonValue, pointer: str) -> JsonValue:
        if isinstance(value, dict | list):
            empty: JsonValue = {} if isinstance(value, dict) else []
            copies.append((value, empty, pointer))
            return empty
        if pointer not in values:
            return value
        text = value if isinstance(value, str) else number_text(value)
        return _masked_spans(text, values[pointer])

    result = copy(payload, "")
    for original, target, pointer in copies:  # grows: containers are copied breadth first
        if isinstance(original, dict) and isinstance(target, dict):
            for name, value in original.items():
                token, shown = _masked_name(name, names.get(pointer, []))
                while shown in target:
                    shown += "*"
                target[shown] = copy(value, f"{pointer}/{token}")
        elif isinstance(original, list) and isinstance(target, list):
            target.extend(copy(value, f"{pointer}/{n}") for n, value in enumerate(original))
    return result


def _by_parent(findings: Iterable[Finding]) -> dict[str, list[tuple[str, list[Finding]]]]:
    """Group the findings of each name, with the name's reference token, under its parent."""
    groups: dict[str, list[tuple[str, list[Finding]]]] = {}
    for finding in findings:
        parent, _, token = finding.pointer.rpartition("/")
        group = groups.setdefault(parent, [])
        if group and group[-1][0] == token and group[-1][1][-1].start < finding.start:
            group[-1][1].append(finding)
        elif (token, [finding]) not in group:
            group.append((token, [finding]))
    return groups


def _masked_name(name: str, groups: list[tuple[str, list[Finding]]]) -> tuple[str, str]:
    """Return the reference token of a member name, and the name masked."""
    for token, findings in groups:
        if reference_token(name, [(one.kind, one.start, one.end) for one in findings]) == token:
            return token, _masked_spans(name, findings)
    return reference_token(name, ()), name


def _masked_spans(text: str, findings: Iterable[Finding]) -> str:
    pieces = []
    position = 0
    for finding in sorted(findings, key=lambda one: (one.start, one.end)):
        start = max(finding.start, position)
        if start < finding.end:
            pieces += [text[position:start], mask_value(finding.kind, text[start : finding.end])]
            position = finding.end
    return "".join([*pieces, text[position:]])
