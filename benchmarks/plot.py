"""Draws the speeds of a run: one panel for each size, one row for each system."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.payloads import SIZES
from benchmarks.results import Results
from benchmarks.systems import BASELINE, OURS

_OURS_COLOUR, _PEER_COLOUR, _BASELINE_COLOUR = "#0b6e4f", "#4d5863", "#76818c"
STYLE = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "detector",
}


def draw(results: Results, path: Path) -> None:
    """Write the plot as SVG."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 3.6))
        figure.set_layout_engine("constrained", h_pad=0.1)
        panels = figure.subplots(1, len(SIZES), sharex=True, sharey=True)
        rates = {
            size: {name: speed.rate(name) for name in speed.taken}
            for size, speed in results.with_contacts.items()
        }
        order = sorted(rates[max(SIZES)], key=rates[max(SIZES)].__getitem__)
        for panel, size in zip(panels, SIZES, strict=True):
            panel.set_title(SIZES[size], loc="left", fontweight="bold", fontsize=11)
            _dots(panel, order, rates[size])
        panels[0].set_yticks(range(len(order)), order)
        for label in panels[0].get_yticklabels():
            label.set_color(_colour(label.get_text()))
            label.set_fontweight("bold" if label.get_text() == OURS else "normal")
        figure.supxlabel(
            "MB/s on payloads with contacts, logarithmic: further right is faster",
            fontsize=9,
            color=_PEER_COLOUR,
        )
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _colour(name: str) -> str:
    return {OURS: _OURS_COLOUR, BASELINE: _BASELINE_COLOUR}.get(name, _PEER_COLOUR)


def _dots(panel: Axes, order: list[str], rates: dict[str, float]) -> None:
    panel.set_xscale("log")
    panel.set_xlim(0.005, 1500)
    panel.set_ylim(-0.6, len(order) - 0.4)
    panel.tick_params(length=0, colors=_PEER_COLOUR, labelsize=9)
    panel.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
    panel.minorticks_off()
    panel.grid(axis="x", color="#e3e7ea", linewidth=0.8)
    panel.set_axisbelow(True)
    for side in panel.spines.values():
        side.set_visible(False)
    for row, name in enumerate(order):
        rate, colour = rates[name], _colour(name)
        filling = "white" if name == BASELINE else colour
        size = 8 if name == OURS else 6
        panel.plot(rate, row, "o", color=colour, markerfacecolor=filling, markersize=size)
        weight = "bold" if name == OURS else "normal"
        panel.annotate(
            f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}",
            (rate, row),
            (7, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=9,
            color=colour,
            fontweight=weight,
        )
