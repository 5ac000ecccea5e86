"""How severe alerts and incidents are: by what was found, and by how often. Pure.

The setting ``ALERT_SEVERITY`` is a list of rules: ``card=critical`` for a kind, ``*=medium`` for
all others, ``100=high`` for incidents of at least a hundred alerts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerting.records.record import Severity

DEFAULT = ("*=high", "email=low", "phone=low", "ip=low", "mac=low", "api_key=critical", "100=high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The severity of each kind, and that of counts."""

    kinds: Mapping[str, Severity]
    counts: tuple[tuple[int, Severity], ...]

    def of_alert(self, kinds: Iterable[str]) -> Severity:
        """Return the severity of an alert about these kinds: that of the worst."""
        others = self.kinds["*"]
        return max((self.kinds.get(kind, others) for kind in kinds), default=others)

    def of_incident(self, worst: Severity, *, count: int) -> Severity:
        """Return the severity of an incident of so many alerts; ``worst`` is that of the worst."""
        return max(worst, *(severity for least, severity in self.counts if count >= least), worst)


def parse_rules(rules: Iterable[str]) -> Rules:
    """Return the rules, later ones before earlier ones; raises ValueError."""
    kinds, counts = {"*": Severity.MEDIUM}, {}
    for rule in rules:
        name, _, word = rule.partition("=")
        try:
            severity = Severity[word.upper()]
        except KeyError:
            words = ", ".join(one.word for one in Severity)
            message = f"write kind=severity or number=severity, severity one of {words}"
            raise ValueError(message) from None
        if name.isdecimal():
            counts[int(name)] = severity
        else:
            kinds[name] = severity
    return Rules(kinds=kinds, counts=tuple(sorted(counts.items())))
