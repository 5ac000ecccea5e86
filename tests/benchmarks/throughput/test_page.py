"""The page of a run."""

from dataclasses import replace

from benchmarks.throughput.page import markdown
from tests.benchmarks.throughput.conftest import MakeResults, a_backlog


def test_the_page_shows_figures_ratios_and_verdicts(make_results: MakeResults) -> None:
    """Medians with quartiles where they differ, ratios, CPU and the backlog stand in the page."""
    text = markdown(make_results(backlog=a_backlog()), plot="some.svg")
    assert "| FastAPI + Celery | 300 | 5 | 600 | 3.33× | 0 |" in text
    assert "| **piigate** | 1,000 (950 to 1,050) | 2 | 200 |" in text
    assert "| **piigate** | 2,000 | 1,000 | 500 | 3,500 |" in text
    assert "| gateway | 1 | 1 | 1.00× |" in text
    assert "](some.svg)" in text


def test_a_gateway_that_was_left_out_is_not_in_the_table(make_results: MakeResults) -> None:
    """Stock RQ has no row among those of 500 users."""
    crowd = markdown(make_results(), plot="some.svg").partition("### 500 users")[2]
    rows = crowd.partition("Errors are")[0]
    assert "piigate" in rows
    assert "stock RQ" not in rows


def test_figures_of_a_busy_machine_are_called_noise(make_results: MakeResults) -> None:
    """The page warns of a load that was there before the run."""
    results = make_results()
    assert "noise" not in markdown(results, plot="some.svg")
    assert "noise" in markdown(replace(results, load_before=1000.0), plot="some.svg")
