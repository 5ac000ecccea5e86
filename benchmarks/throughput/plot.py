"""Draws answers a second, p50 and p99 of the gateways over the number of users."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.plot import STYLE
from benchmarks.throughput.gateways import BARE, CELERY, OURS, STOCK_RQ
from benchmarks.throughput.results import Results

_PANELS = {"rate": "answers/s", "p50_ms": "p50, ms", "p99_ms": "p99, ms"}
_LINES = {
    OURS: ("#0b6e4f", "o", "-"),
    CELERY: ("#9a3b1f", "s", "-"),
    STOCK_RQ: ("#4d5863", "^", "-"),
    BARE: ("#76818c", "D", "--"),
}
_INK = "#4d5863"


def draw(results: Results, path: Path) -> None:
    """Write the plot as SVG."""
    with mpl.rc_context(STYLE | {"svg.hashsalt": "throughput"}):
        figure = Figure(figsize=(9.6, 3.8))
        figure.set_layout_engine("constrained", h_pad=0.1)
        panels = figure.subplots(1, len(_PANELS), sharex=True)
        for panel, (name, title) in zip(panels, _PANELS.items(), strict=True):
            panel.set_title(title, loc="left", fontweight="bold", fontsize=11)
            _lines(panel, results, name)
        figure.supxlabel("users at a time; both axes are logarithmic", fontsize=9, color=_INK)
        figure.legend(
            *panels[0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=len(_LINES),
            frameon=False,
            fontsize=9,
        )
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _lines(panel: Axes, results: Results, figure: str) -> None:
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.tick_params(length=0, colors=_INK, labelsize=9)
    panel.set_xticks(results.users(), [str(users) for users in results.users()])
    panel.yaxis.set_major_formatter("{x:,g}")
    panel.minorticks_off()
    panel.grid(color="#e3e7ea", linewidth=0.8)
    panel.set_axisbelow(True)
    for side in panel.spines.values():
        side.set_visible(False)
    for name, (colour, marker, line) in _LINES.items():
        points = [(users, results.median(name, users, figure)) for users in results.users()]
        drawn = [(users, value) for users, value in points if value]
        panel.plot(
            [users for users, _ in drawn],
            [value for _, value in drawn],
            label=name,
            color=colour,
            marker=marker,
            linestyle=line,
            linewidth=2 if name == OURS else 1.2,
            markersize=5,
        )
