"""Rewriting of a payload: found values replaced, everything else as it was. Knows no kinds."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from alerting.finding import Finding, JsonValue
from alerting.json_text import value_text

Replace = Callable[[str, str], str]
"""Return what to write in place of a value, given its kind and its text."""

Place = tuple[int, ...]

_CONTAINERS = (dict, list)  # a union would be made anew at each of many calls


def rewrite(payload: JsonValue, findings: Sequence[Finding], replace: Replace) -> JsonValue:
    """Return a deep copy of a payload with the values that a scan of it found replaced.

    Member names are rewritten too. A new name that the object has already gets ``#2``, ``#3``, …,
    so no member is lost; names without a finding stay. A number with a finding becomes a text.
    """
    return _Copy(findings, replace).of(payload)


def rewrite_text(text: str, findings: Iterable[Finding], replace: Replace) -> str:
    """Return a text with the values that were found in it replaced."""
    pieces = []
    position = 0
    for finding in sorted(findings, key=lambda one: (one.start, one.end)):
        start = max(finding.start, position)
        if start < finding.end:
            pieces += [text[position:start], replace(finding.kind, text[start : finding.end])]
            position = finding.end
    return "".join([*pieces, text[position:]])


class _Copy:
    """One copy in the making; containers wait until their parents are copied."""

    def __init__(self, findings: Sequence[Finding], replace: Replace) -> None:
        self._replace = replace
        self._names: dict[Place, list[Finding]] = {}
        self._values: dict[Place, list[Finding]] = {}
        for finding in findings:
            found = self._names if finding.in_key else self._values
            found.setdefault(finding.place, []).append(finding)
        self._renamed = {place[:-1] for place in self._names}
        self._waiting: list[tuple[JsonValue, JsonValue, Place]] = []

    def of(self, payload: JsonValue) -> JsonValue:
        """Return the copy; the list of containers grows while it is worked off."""
        copy = self._start(payload, ())
        for original, target, place in self._waiting:
            if isinstance(original, dict) and isinstance(target, dict):
                names = self._new_names(original, place) if place in self._renamed else original
                members = enumerate(zip(names, original.values(), strict=True))
                target.update(
                    (name, self._start(value, (*place, number)))
                    for number, (name, value) in members
                )
            elif isinstance(original, list) and isinstance(target, list):
                target.extend(
                    self._start(item, (*place, number)) for number, item in enumerate(original)
                )
        return copy

    def _new_names(self, original: Iterable[str], place: Place) -> list[str]:
        """Return the names of an object's copy, in order, no two alike."""
        found = [(name, self._names.get((*place, nth), ())) for nth, name in enumerate(original)]
        taken = {name for name, findings in found if not findings}
        uses: Counter[str] = Counter()
        names = []
        for name, findings in found:
            wanted = shown = rewrite_text(name, findings, self._replace)
            while findings and shown in taken:
                uses[wanted] += 1  # counted per name, so that many alike take linear time
                shown = f"{wanted}#{uses[wanted] + 1}"
            taken.add(shown)
            names.append(shown)
        return names

    def _start(self, value: JsonValue, place: Place) -> JsonValue:
        """Copy a scalar; of a container make an empty one that is filled later."""
        if isinstance(value, _CONTAINERS):
            empty: JsonValue = {} if isinstance(value, dict) else []
            self._waiting.append((value, empty, place))
            return empty
        found = self._values.get(place)
        if not found:
            return value
        return rewrite_text(value_text(value), found, self._replace)
