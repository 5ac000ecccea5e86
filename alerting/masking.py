"""Masking of found values, for masked reports, the log and redaction. Knows no files."""

from collections.abc import Iterable, Sequence

from alerting.detector import recognizers, scan_text
from alerting.finding import Finding, JsonValue
from alerting.json_text import number_text
from alerting.recognizer import mask_all


def mask_value(kind: str, text: str) -> str:
    """Mask a value the way its kind asks for; keep nothing of a kind that is not installed."""
    recognizer = recognizers().get(kind)
    return recognizer.mask(text) if recognizer else mask_all(text)


def masked_text(text: str) -> str:
    """Return a text with every value found in it masked."""
    return _masked_spans(text, scan_text(text))


def masked(payload: JsonValue, findings: Sequence[Finding]) -> JsonValue:
    """Return a deep copy of a payload with the values that a scan of it found masked.

    Member names are masked too; names that would become one get a ``*`` each. A number with a
    finding becomes a text.
    """
    return _MaskedCopy(findings).of(payload)


class _MaskedCopy:
    """One masked copy in the making; containers wait until their parents are copied."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._names: dict[tuple[int, ...], list[Finding]] = {}
        self._values: dict[tuple[int, ...], list[Finding]] = {}
        for finding in findings:
            found = self._names if finding.in_key else self._values
            found.setdefault(finding.place, []).append(finding)
        self._waiting: list[tuple[JsonValue, JsonValue, tuple[int, ...]]] = []

    def of(self, payload: JsonValue) -> JsonValue:
        """Return the copy; the list of containers grows while it is worked off."""
        copy = self._start(payload, ())
        for original, target, place in self._waiting:
            if isinstance(original, dict) and isinstance(target, dict):
                self._fill(target, original, place)
            elif isinstance(original, list) and isinstance(target, list):
                target.extend(
                    self._start(item, (*place, number)) for number, item in enumerate(original)
                )
        return copy

    def _fill(
        self, target: dict[str, JsonValue], original: dict[str, JsonValue], place: tuple[int, ...]
    ) -> None:
        for number, (name, value) in enumerate(original.items()):
            member = (*place, number)
            shown = _masked_spans(name, self._names.get(member, ()))
            while shown in target:
                shown += "*"
            target[shown] = self._start(value, member)

    def _start(self, value: JsonValue, place: tuple[int, ...]) -> JsonValue:
        """Copy a scalar; of a container make an empty one that is filled later."""
        if isinstance(value, dict | list):
            empty: JsonValue = {} if isinstance(value, dict) else []
            self._waiting.append((value, empty, place))
            return empty
        found = self._values.get(place)
        if not found:
            return value
        return _masked_spans(value if isinstance(value, str) else number_text(value), found)


def _masked_spans(text: str, findings: Iterable[Finding]) -> str:
    pieces = []
    position = 0
    for finding in sorted(findings, key=lambda one: (one.start, one.end)):
        start = max(finding.start, position)
        if start < finding.end:
            pieces += [text[position:start], mask_value(finding.kind, text[start : finding.end])]
            position = finding.end
    return "".join([*pieces, text[position:]])
