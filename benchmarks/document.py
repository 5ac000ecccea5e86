"""Writes the results of a run as docs/benchmarks/detector.md."""

import math
import platform

from benchmarks.labelled import HOSTILE_LIMIT_S, Labelled, Score
from benchmarks.payloads import SIZES
from benchmarks.results import TYPES, Results, goals
from benchmarks.speed import Speed
from benchmarks.startup import YARDSTICK
from benchmarks.systems import BASELINE, OURS
from benchmarks.table import cores, goals_table, markdown_table
from benchmarks.timing import Timing

_HEAD = """\
# The detector beside its peers

`make bench-detector` measures all of this in one run and writes this page. The labelled data are
not part of the project: `make bench-detector PII_DATA=<folder>` adds what needs them.

Measured on {cores} cores with Python {python}.

{systems}"""

_GOALS = """\
## Goals

{met} of {all} are reached.

{table}"""

_SPEED = """\
## Speed

The payloads are business records in Ukrainian and English, as JSON. With contacts, every tenth
record holds an e-mail address and a phone number, and the payload of 200 B holds one of each.
{ours} reads the payload and scans it, pointers included; the others scan its text, already decoded.
The systems take turns in every round. A time is the median of the rounds, ± half of the distance
between their quartiles. The columns with × say how many times as long a system takes as
`{baseline}` of the same bytes, and as {ours}.

![Speed of every system for payloads of three sizes]({plot})

{tables}

\\* Too slow for the whole payload: its first tenth was timed, and multiplied by ten. Where the time
grows faster than the text, the whole takes longer than that."""

_START = """\
## Start

Import and first scan in a fresh process, beside `{yardstick}` in one.

{table}"""

_ACCURACY = """\
## Accuracy

Precision / recall / **F1** on {records:,} labelled records, a match being an overlap of more than
half. A dash stands for a type that a system never finds.

{table}"""

_DISGUISED = """\
## Disguised values

Caught of {all} values that are written so as not to be found.

{table}"""

_HOSTILE = """\
## Hostile texts

Milliseconds of {ours} for texts made to be slow, the best of several runs; a growth of 10 is
linear.

{growth}

How many of these {all} texts each system gets through in {limit_s:g} s, one after the other, each
at 20 KB and at 200 KB:

{done}"""

_NOT_MEASURED = """\
## Accuracy, disguised values, hostile texts

Not measured in this run: the folder of labelled data was not given (`PII_DATA`)."""


def markdown(results: Results, *, plot: str) -> str:
    """Return the document; ``plot`` is the file name of the plot beside it."""
    sections = [_head(results), _goals(results), _speed(results, plot=plot)]
    sections.append(_startup(results.startup))
    if results.labelled is None:
        sections.append(_NOT_MEASURED)
    else:
        labelled = results.labelled
        sections += [_accuracy(labelled), _disguised(labelled), _hostile(labelled)]
    return "\n\n".join(sections) + "\n"


def _head(results: Results) -> str:
    lines = [f"- **{one.name}**: {one.setup}." for one in results.systems]
    lines += [f"- `{name}` is not installed and was left out." for name in results.missing]
    return _HEAD.format(
        cores=cores(),
        python=platform.python_version(),
        systems="\n".join(lines),
    )


def _goals(results: Results) -> str:
    held = goals(results)
    return _GOALS.format(
        met=sum(one.is_met for one in held), all=len(held), table=goals_table(held)
    )


def _speed(results: Results, *, plot: str) -> str:
    tables = [
        f"### {SIZES[size]} {title}\n\n{_speed_table(speed)}"
        for title, speeds in (
            ("with contacts", results.with_contacts),
            ("without contacts", results.without_contacts),
        )
        for size, speed in speeds.items()
    ]
    return _SPEED.format(ours=OURS, baseline=BASELINE, plot=plot, tables="\n\n".join(tables))


def _speed_table(speed: Speed) -> str:
    rows = [
        (
            _bold(name) + (r" \*" if one.is_scaled else ""),
            _time(one),
            f"{speed.rate(name):.3g}",
            f"{speed.ratio(name, BASELINE):,.1f}",
            f"{speed.ratio(name, OURS):,.2f}",
            str(one.rounds),
        )
        for name, one in _by_time(speed.taken)
    ]
    return markdown_table(
        ["system", "time", "MB/s", f"× `{BASELINE}`", f"× {OURS}", "rounds"], rows
    )


def _by_time(taken: dict[str, Timing]) -> list[tuple[str, Timing]]:
    return sorted(taken.items(), key=lambda item: item[1].median_s)


def _bold(name: str) -> str:
    return f"**{name}**" if name == OURS else name


def _time(timing: Timing) -> str:
    median_s, half_s = timing.median_s, (timing.high_s - timing.low_s) / 2
    unit, factor = next(
        (unit, factor)
        for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6))
        if median_s * factor >= 1 or unit == "µs"
    )
    spread = f" ± {_digits(half_s * factor)}" if timing.rounds > 1 else ""
    return f"{_digits(median_s * factor)}{spread} {unit}"


def _digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def _startup(taken: dict[str, Timing]) -> str:
    yardstick_s = taken[YARDSTICK].median_s
    rows = [
        (_bold(name), _time(one), f"{one.median_s / yardstick_s:.2f}", str(one.rounds))
        for name, one in _by_time(taken)
    ]
    table = markdown_table(["system", "time", f"× `{YARDSTICK}`", "rounds"], rows)
    return _START.format(yardstick=YARDSTICK, table=table)


def _accuracy(labelled: Labelled) -> str:
    rows = [
        [_bold(name), *(_score(scores[kind]) for kind in TYPES)]
        for name, scores in labelled.scores.items()
    ]
    table = markdown_table(["system", *TYPES.values()], rows)
    return _ACCURACY.format(records=labelled.records, table=table)


def _score(one: Score) -> str:
    if math.isnan(one.precision):
        return "–"
    return f"{one.precision:.3f} / {one.recall:.3f} / **{one.f1:.3f}**"


def _disguised(labelled: Labelled) -> str:
    ranking = sorted(labelled.caught.items(), key=lambda item: -item[1])
    table = markdown_table(
        ["system", "caught"], [(_bold(name), str(count)) for name, count in ranking]
    )
    return _DISGUISED.format(all=labelled.disguised, table=table)


def _hostile(labelled: Labelled) -> str:
    shapes = labelled.hostile[OURS]
    growth = [
        (f"`{one.shape}`", f"{one.small_ms:.1f}", f"{one.large_ms:.1f}", f"{one.growth:.1f}")
        for one in (labelled.plain, *shapes)
    ]
    done = sorted(labelled.hostile.items(), key=lambda item: -len(item[1]))
    return _HOSTILE.format(
        ours=OURS,
        all=len(shapes),
        limit_s=HOSTILE_LIMIT_S,
        growth=markdown_table(["text", "20 KB", "200 KB", "growth"], growth),
        done=markdown_table(
            ["system", "texts"], [(_bold(name), str(len(got))) for name, got in done]
        ),
    )
