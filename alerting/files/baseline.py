"""Baselines: the findings that somebody has looked at already. Knows no values.

See docs/decisions/0004-baselines.md.
"""

import json
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from alerting.draft import draft_of
from alerting.errors import InvalidBaseline
from alerting.files.fingerprint import VERSION
from alerting.files.located import FileFinding
from alerting.files.survey import STANDARD_INPUT


class Entry(BaseModel):
    """A finding that is known; ``path`` starts at the folder of the baseline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    kind: str
    fingerprint: str


class Baseline(BaseModel):
    """The findings that are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = VERSION
    findings: tuple[Entry, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a baseline; raises InvalidBaseline, and OSError when it cannot be read."""
        try:
            found = cls.model_validate_json(path.read_bytes())
        except ValidationError:
            raise InvalidBaseline from None
        if found.version != VERSION:
            raise InvalidBaseline
        return found

    def write(self, path: Path) -> None:
        """Write the baseline, whole or not at all, one finding on a line; raises OSError."""
        rows = sorted(self.findings, key=lambda one: (one.path, one.kind, one.fingerprint))
        lines = ",\n".join(f"    {json.dumps(row.model_dump())}" for row in rows)
        content = f'{{\n  "version": "{self.version}",\n  "findings": [\n{lines}\n  ]\n}}\n'
        with draft_of(path, content) as draft:
            draft.chmod(0o644)  # it goes into version control
            draft.replace(path)

    def unknown(self, findings: Iterable[FileFinding]) -> list[FileFinding]:
        """Return the findings that are not known yet."""
        known = {entry.fingerprint for entry in self.findings}
        return [one for one in findings if one.fingerprint not in known]

    def updated(
        self, findings: Iterable[FileFinding], *, subjects: Set[str], kinds: Set[str], root: Path
    ) -> "Baseline":
        """Return a baseline of these findings, and of what this scan did not look at.

        ``subjects`` and ``kinds`` were looked at; entries of files that are gone are dropped.
        """
        kept = [
            entry
            for entry in self.findings
            if (entry.kind not in kinds or entry.path not in subjects)
            and (entry.path == STANDARD_INPUT or (root / entry.path).exists())
        ]
        new = (
            Entry(path=one.subject, kind=one.located.kind, fingerprint=one.fingerprint)
            for one in findings
        )
        return Baseline(findings=(*kept, *new))
