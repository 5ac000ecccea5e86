"""What a run has measured, and the goals it is held against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.goal import Goal, at_least, at_most
from benchmarks.labelled import Labelled
from benchmarks.payloads import LARGE, MEDIUM, SIZES, SMALL
from benchmarks.speed import Speed
from benchmarks.startup import YARDSTICK
from benchmarks.systems import BASELINE, OURS, System
from benchmarks.timing import Timing

TYPES = {
    "EMAIL_ADDRESS": "e-mail",
    "PHONE_NUMBER": "phone, all",
    "PHONE_NUMBER:UA": "phone, UA",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "US_SSN": "SSN",
}
_F1_GOALS = {
    "EMAIL_ADDRESS": 0.998,
    "PHONE_NUMBER:UA": 0.999,
    "PHONE_NUMBER": 0.975,
    "CREDIT_CARD": 0.99,
    "IBAN_CODE": 0.995,
    "IP_ADDRESS": 1.0,
    "US_SSN": 0.97,
}
_DISGUISED_GOAL = 58
_BASELINE_GOALS = {SMALL: 12, MEDIUM: 3.5, LARGE: 3.5}
_PEER_GOALS = {"Presidio": 100, "phonenumbers + regex": 8, "DataFog": 8}
_GROWTH_GOAL = 11
_PLAIN_GOAL = 50
_START_GOAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that one run has measured."""

    systems: Sequence[System]
    missing: Sequence[str]
    with_contacts: dict[int, Speed]
    without_contacts: dict[int, Speed]
    startup: dict[str, Timing]
    labelled: Labelled | None


def goals(results: Results) -> list[Goal]:
    """Hold a run against the goals; what it has not measured is left out."""
    return [*_labelled_goals(results.labelled), *_speed_goals(results), *_start_goals(results)]


def _speed_goals(results: Results) -> Iterator[Goal]:
    for size, limit in _BASELINE_GOALS.items():
        ratio = results.with_contacts[size].ratio(OURS, BASELINE)
        yield at_most(f"{SIZES[size]}, against {BASELINE}", limit, ratio)
    for peer, limit in _PEER_GOALS.items():
        for size, speed in results.with_contacts.items():
            if peer in speed.taken:
                ratio = speed.ratio(peer, OURS)
                yield at_least(f"{SIZES[size]}, faster than {peer}", limit, ratio)


def _start_goals(results: Results) -> Iterator[Goal]:
    ratio = results.startup[OURS].median_s / results.startup[YARDSTICK].median_s
    yield at_most(f"import and first scan, against `{YARDSTICK}`", _START_GOAL, ratio)


def _labelled_goals(labelled: Labelled | None) -> Iterator[Goal]:
    if labelled is None:
        return
    for kind, limit in _F1_GOALS.items():
        f1 = labelled.scores[OURS][kind].f1
        yield Goal(
            what=f"F1 {TYPES[kind]}",
            wanted=f"≥ {limit:.3f}",
            reached=f"{f1:.4f}",
            is_met=f1 >= limit,
        )
    caught = labelled.caught[OURS]
    yield Goal(
        what="disguised values",
        wanted=f"≥ {_DISGUISED_GOAL} of {labelled.disguised}",
        reached=str(caught),
        is_met=caught >= _DISGUISED_GOAL,
    )
    shapes, plain = labelled.hostile[OURS], labelled.plain
    growth = max(one.growth for one in shapes)
    yield at_most("hostile texts, 200 KB against 20 KB", _GROWTH_GOAL, growth)
    small = max(one.small_ms for one in shapes) / plain.small_ms
    yield at_most("worst hostile text of 20 KB, against plain prose", _PLAIN_GOAL, small)
    large = max(one.large_ms for one in shapes) / plain.large_ms
    yield at_most("worst hostile text of 200 KB, against plain prose", _PLAIN_GOAL, large)
