"""The allow-list: findings that an installation expects and does not want to hear of.

Knows no settings. It holds keyed digests of allowed values, never a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerting.finding import Finding, JsonValue
from alerting.pseudonym import allow_digest
from alerting.values import values_of

WILDCARD = "*"
"""Stands for any one token of a pointer, a member's name or an item's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """Kinds, places and values that are allowed.

    ``pointers`` are RFC 6901 pointers, in which ``*`` stands for one token of any name; each allows
    everything in the value it points to. A member's own name is no part of its value: the object
    around it has to be allowed. ``digests`` come from :func:`alerting.pseudonym.allow_digest`.
    """

    kinds: frozenset[str]
    pointers: tuple[str, ...]
    digests: frozenset[str]
    key: str = field(repr=False)

    def unexpected(self, payload: JsonValue, findings: list[Finding]) -> list[Finding]:
        """Return the findings in a payload that nothing allows, in their order."""
        if not (findings and (self.kinds or self.pointers or self.digests)):
            return findings
        patterns = [pointer.split("/") for pointer in self.pointers]
        left = [
            one
            for one in findings
            if one.kind not in self.kinds and not any(_covers(pattern, one) for pattern in patterns)
        ]
        if not self.digests:
            return left
        values = values_of(payload, left)
        return [
            one
            for one, value in zip(left, values, strict=True)
            if allow_digest(self.key, one.kind, value) not in self.digests
        ]


def _covers(pattern: Sequence[str], finding: Finding) -> bool:
    """Tell whether a finding lies in the value that a pointer, split into tokens, points to."""
    tokens = finding.pointer.split("/")
    if finding.in_key:
        tokens.pop()
    return len(pattern) <= len(tokens) and all(
        wanted in (WILDCARD, token) for wanted, token in zip(pattern, tokens, strict=False)
    )
