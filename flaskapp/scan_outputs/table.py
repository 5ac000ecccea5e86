"""The table of ``flask scan``, for people: the findings of each file under its path."""

from collections.abc import Sequence
from itertools import groupby

from alerting.files.located import FileFinding, Located
from alerting.files.survey import Survey
from flaskapp.scan_outputs.printable import printable

Row = tuple[str, str, str, str, str]
_SHORTEST_PLACE = 12


def render(_survey: Survey, findings: Sequence[FileFinding], *, width: int | None) -> str:
    """Return the table; long places are cut in the middle to fit into ``width`` columns."""
    return "\n".join(
        block
        for path, found in groupby(findings, key=lambda one: one.path)
        for block in _block(path, [_row(one.located) for one in found], width)
    )


def _block(path: str, rows: Sequence[Row], width: int | None) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [printable(path)]
    for row in rows:
        *cells, place = (cell.ljust(size) for cell, size in zip(row, widths, strict=True))
        line = f"  {'  '.join(cells)}  "
        if width is not None:
            place = _shortened(place.rstrip(), max(width - len(line), _SHORTEST_PLACE))
        lines.append(f"{line}{place}".rstrip())
    return [*lines, ""]


def _row(located: Located) -> Row:
    start = located.start
    return (
        f"{start.line}:{start.column}",
        located.kind,
        f"{located.confidence:.2f}",
        printable(located.excerpt),
        printable(located.pointer or located.column_name or ""),
    )


def _shortened(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"
