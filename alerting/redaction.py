"""Redaction: copies of a payload in which found values are replaced. Knows no tasks."""

import functools
from collections import defaultdict
from collections.abc import Sequence

from alerting.finding import Finding, JsonValue
from alerting.normal_form import normal_form
from alerting.pseudonym import pseudonym
from alerting.rewriting import rewrite
from alerting.values import values_of


def redacted(payload: JsonValue, findings: Sequence[Finding]) -> JsonValue:
    """Return a copy with every value replaced by ``<EMAIL_1>`` and the like.

    Values are numbered by kind in the order of the findings; two forms of one value share a number.
    """
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)

    @functools.cache
    def placeholder(kind: str, text: str) -> str:
        of_kind = numbers[kind]
        return f"<{kind.upper()}_{of_kind.setdefault(normal_form(kind, text), len(of_kind) + 1)}>"

    for finding, text in zip(findings, values_of(payload, findings), strict=True):
        placeholder(finding.kind, text)
    return rewrite(payload, findings, placeholder)


def pseudonymised(payload: JsonValue, findings: Sequence[Finding], *, key: str) -> JsonValue:
    """Return a copy with every value replaced by its pseudonym under a key."""
    return rewrite(payload, findings, functools.cache(functools.partial(pseudonym, key)))
