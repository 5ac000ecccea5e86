"""The kill table of docs/delivery.md: made of what was seen, and read back by the test."""

from collections import defaultdict
from pathlib import Path
from statistics import median

from tests.delivery.rounds import Seen

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
COLUMNS = (
    "killed",
    "step",
    "rounds",
    "idempotent: ended",
    "most runs",
    "other: ended",
    "most runs",
    "broken",
    "recovery, median",
    "longest",
)
_HEAD = f"| {' | '.join(COLUMNS)} |"


def table(seen: list[Seen]) -> str:
    """Return a row for each victim and step, in the order in which they were seen."""
    cells: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        cells[one.victim, one.step].append(one)
    rows = [_HEAD, "|---" * len(COLUMNS) + "|"]
    rows += [f"| {' | '.join(_row(*cell, of=those))} |" for cell, those in cells.items()]
    return "\n".join(rows)


def write(seen: list[Seen]) -> None:
    """Put the table in the place of the page's last one."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(_HEAD)
    _, _, after = rest.partition("\n\n")
    PAGE.write_text(f"{before}{table(seen)}\n\n{after}", "utf-8")


def rows() -> list[list[str]]:
    """Return the cells of each row of the page's table."""
    _, _, text = PAGE.read_text("utf-8").partition(_HEAD)
    lines = text.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _row(victim: str, step: str, *, of: list[Seen]) -> list[str]:
    times = [one.recovery_s for one in of]
    again = [one for one in of if one.is_idempotent]
    once = [one for one in of if not one.is_idempotent]
    return [
        victim,
        step,
        str(len(again)),
        _ends(again),
        str(max(one.runs for one in again)),
        _ends(once),
        str(max(one.runs for one in once)),
        str(sum(one.is_broken for one in of)),
        f"{median(times):.1f} s",
        f"{max(times):.1f} s",
    ]


def _ends(seen: list[Seen]) -> str:
    """Return how many ended in which way, as in `18 finished, 2 failed`."""
    found = sorted({one.status for one in seen}, reverse=True)
    return ", ".join(f"{sum(one.status == kind for one in seen)} {kind}" for kind in found)
