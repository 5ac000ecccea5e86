"""An alert: one payload held personal data. Holds no value, so it may be shown and logged."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from alerting.finding import Finding
from alerting.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What was found in one payload, who sent it, and for which task.

    ``recorded_at`` is aware and in UTC; ``id`` is 32 hexadecimal digits. The job that its
    payload is for has ``job_id``, whether it was accepted in the end or not. A scan ``is_partial``
    when it did not see through every disguise.
    """

    id: str = field(default_factory=new_id)
    recorded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    findings: tuple[Finding, ...]
    caller: str
    task: str
    request_id: str
    job_id: str
    is_partial: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds found, each once, in order of first appearance in the payload."""
        return tuple(dict.fromkeys(finding.kind for finding in self.findings))
