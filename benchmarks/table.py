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


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine(load: float) -> str:
    """Say what was measured on; ``load`` is that of the machine before the run."""
    text = (
        f"Measured on {cores()} cores with Python {platform.python_version()}; the load of the "
        f"machine was {load:.1f} before the run."
    )
    if load > cores() / 2:
        text += " **It was busy with other work: these figures are noise.**"
    return text


def rounds(number: int) -> str:
    """Say how many rounds there were."""
    return f"{number} rounds" if number > 1 else "one round"
