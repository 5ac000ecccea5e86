"""Parts that the pages of all measurements have."""

import os
import platform
from collections.abc import Iterable, Sequence

from benchmarks.goal import Goal


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, all columns but the first to the right."""
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    lines.insert(1, "|---" + "|---:" * (len(head) - 1) + "|")
    return "\n".join(lines)


def goals_table(held: Iterable[Goal]) -> str:
    """Return the table of the goals."""
    rows = [(one.what, one.wanted, one.reached, "yes" if one.is_met else "**no**") for one in held]
    return markdown_table(["goal", "wanted", "reached", "enough"], rows)


def machine() -> str:
    """Say what was measured on."""
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    return f"Measured on {cores} cores with Python {platform.python_version()}"
