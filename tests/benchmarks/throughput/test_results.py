"""The verdicts on a run."""

import pytest

from benchmarks.goal import Goal
from benchmarks.throughput.meter import read_commands
from benchmarks.throughput.results import Results, goals
from tests.benchmarks.throughput.conftest import MakeResults, a_backlog


def verdict(results: Results, word: str) -> Goal:
    """Return the one goal whose name holds a word."""
    (found,) = [one for one in goals(results) if word in one.what]
    return found


@pytest.mark.parametrize(("rate", "reached"), [(1000, "3.33×"), (600, "2.00×")])
def test_rates_are_held_against_those_of_the_peers(
    make_results: MakeResults, rate: float, reached: str
) -> None:
    """Three times Celery's answers a second are enough, twice are not."""
    goal = verdict(make_results(rate=rate), "answers/s against FastAPI")
    assert (goal.reached, goal.is_met) == (reached, rate > 900)


@pytest.mark.parametrize(("p50_ms", "is_met"), [(4, True), (5, False)])
def test_times_are_held_against_those_of_the_peers(
    make_results: MakeResults, p50_ms: float, is_met: bool
) -> None:
    """A fifth of the time that stock RQ takes for one user is enough, a quarter is not."""
    assert verdict(make_results(p50_ms=p50_ms), "p50").is_met == is_met


def test_an_error_of_ours_misses_the_goal(make_results: MakeResults) -> None:
    """There may be no error in any round."""
    assert verdict(make_results(), "errors").is_met
    assert not verdict(make_results(errors=1), "errors").is_met


def test_microseconds_of_cpu_are_those_per_answer(make_results: MakeResults) -> None:
    """Two seconds for a thousand answers are two milliseconds each."""
    assert make_results().cpu_us("piigate", 50) == {"web": 2000, "worker": 1000, "redis": 500}


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        ({"kib": 1300}, "memory of web grew 1.30×"),
        ({"command": "keys"}, "`KEYS`"),
        ({"command": "lrange", "mean_us": 5000}, "`LRANGE` takes 5.0 ms"),
    ],
)
def test_what_grows_with_the_queue_is_named(
    make_results: MakeResults, faulty: dict[str, int], said: str
) -> None:
    """Memory that grows, KEYS and commands that walk through the queue miss the goal."""
    assert verdict(make_results(backlog=a_backlog()), "100,000").is_met
    goal = verdict(make_results(backlog=a_backlog(**faulty)), "100,000")  # type: ignore[arg-type]
    assert said in goal.reached
    assert not goal.is_met


def test_commands_of_the_measurement_do_not_count() -> None:
    """What Redis says of its commands is read, less those that only measure."""
    told = {
        "cmdstat_evalsha": {"calls": 3, "usec_per_call": 7.5},
        "cmdstat_config|set": {"calls": 1, "usec_per_call": 9.0},
    }
    assert list(read_commands(told)) == ["evalsha"]
