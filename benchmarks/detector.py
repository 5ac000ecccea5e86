"""Measures the detector beside its peers and writes docs/benchmarks/detector.md and its plot."""

import argparse
import time
from pathlib import Path

from benchmarks import document, labelled, plot, speed, startup, systems
from benchmarks.payloads import SIZES, make
from benchmarks.results import Results, goals

ROOT = Path(__file__).parents[1]
PLOT = "detector-speed.svg"


def main() -> None:
    """Measure, write, and print the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of labelled data and its scripts")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    results = _measure(arguments.data)
    arguments.output.mkdir(parents=True, exist_ok=True)
    plot.draw(results, arguments.output / PLOT)
    text = document.markdown(results, plot=PLOT)
    (arguments.output / "detector.md").write_text(text, encoding="utf-8")
    for one in goals(results):
        print(
            f"{'reached' if one.is_met else 'MISSED ':8} {one.what}: {one.reached} ({one.wanted})"
        )
    print(f"written in {time.perf_counter() - begin:.0f} s: {arguments.output / 'detector.md'}")


def _measure(data: Path | None) -> Results:
    peers, missing = systems.installed_peers()
    for name in missing:
        print(f"not installed, left out: {name}")
    if data is None:
        print("no labelled data given (PII_DATA): accuracy, disguised and hostile texts left out")
    ours = systems.ours()
    every = [ours, *peers]
    with_contacts = {size: _speeds(every, size, has_contacts=True) for size in SIZES}
    without_contacts = {size: _speeds(every, size, has_contacts=False) for size in SIZES}
    print("start")
    started = startup.measure(every)
    if data is not None:
        print("labelled data")
    return Results(
        systems=every,
        missing=missing,
        with_contacts=with_contacts,
        without_contacts=without_contacts,
        startup=started,
        labelled=None if data is None else labelled.measure(data.resolve(), every, ours=ours),
    )


def _speeds(every: list[systems.System], size: int, *, has_contacts: bool) -> speed.Speed:
    print(f"speed, {SIZES[size]} {'with' if has_contacts else 'without'} contacts")
    return speed.measure(every, make(size=size, has_contacts=has_contacts))


if __name__ == "__main__":
    main()
